/**
 * SHA-256 of every wheel that an installation fetches, by pip's requirement and the machine's architecture: pip takes
 * no other file (`--require-hashes`), whatever its index says. `tools/pins/wheels.py` prints them.
 */
export const PINS = {
  x64: {
    'tensorflow-cpu==2.21.0': '2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c',
    'tensorflow==2.21.0': '9056fbc9ba04235810b71ae6cbd958a196e8804fb53bbcffbf3e23b56155f124',
    'onednn-cpu-tbb==2023.2.0': '3265b317e9d74ee42f3b7fe4ba0e6d8347a400f0e9c1531fa80b0bfa18d76b13',
    'tbb==2021.13.1': 'd916359dc685579d09e4b344241550afc1cc034f7f5ec7234c258b6680912d70',
    'onednn-devel-cpu-tbb==2023.2.0': 'd76b9ddf0ac717b5c5caa89e9922ec752d175e6f0492503f3baa8499607bec82',
    'tbb-devel==2021.13.1': '94aab8595063794c802c6d311fa19dee1a0b97f9d1b60660b3bf03b0a21f6563',
    'nvidia-cublas-cu12==12.9.3.13': 'd7d51055f161b317c7105ddaae90e71eda059026074ffef93cf7cde2886bfe72',
    'nvidia-cuda-cupti-cu12==12.9.79': '096bcf334f13e1984ba36685ad4c1d6347db214de03dbb6eebb237b41d9d934f',
    'nvidia-cuda-nvcc-cu12==12.9.86': '5d6a0d32fdc7ea39917c20065614ae93add6f577d840233237ff08e9a38f58f0',
    'nvidia-cuda-nvrtc-cu12==12.9.86': '210cf05005a447e29214e9ce50851e83fc5f4358df8b453155d5e1918094dcb4',
    'nvidia-cuda-runtime-cu12==12.9.79': '25bba2dfb01d48a9b59ca474a1ac43c6ebf7011f1b0b8cc44f54eb6ac48a96c3',
    'nvidia-cudnn-cu12==9.28.0.42': '9ff58b7f36dacd0a93e89f8f2957b52466889217963701daa15e577317cfa375',
    'nvidia-cufft-cu12==11.4.1.4': 'c67884f2a7d276b4b80eb56a79322a95df592ae5e765cf1243693365ccab4e28',
    'nvidia-curand-cu12==10.3.10.19': '49b274db4780d421bd2ccd362e1415c13887c53c214f0d4b761752b8f9f6aa1e',
    'nvidia-cusolver-cu12==11.7.5.82': '15da72d1340d29b5b3cf3fd100e3cd53421dde36002eda6ed93811af63c40d88',
    'nvidia-cusparse-cu12==12.5.10.65': '73060ce019ac064a057267c585bf1fd5a353734151f87472ff02b2c5c9984e78',
    'nvidia-nccl-cu12==2.32.3': 'bb94b2348e4861d5e8aa00b36c3d12d9bdf9c6369b82cbb723de0b582280a21c',
    'nvidia-nvjitlink-cu12==12.9.86': 'e3f1171dbdc83c5932a45f0f4c99180a70de9bd2718c1ab77d14104f6d7147f9',
  },
  arm64: {
    'tensorflow==2.21.0': '4b24aca16d527a3cf1c37f720c04c484c3d20f4d0fdfa98632ac8b9f3be6eb5c',
  },
} as const satisfies Record<string, Record<string, string>>;

/** What npm's registry has as the integrity of `@tensorflow/tfjs-node-gpu` 4.22.0. */
export const TFJS_NODE_INTEGRITY =
  'sha512-p//NN6DGiN4hInUmIkRffaFVMcdTREUMjPyjW04J7OXvB2zBlQimj61eFKSgRrH3f5TnOfKzb0n56he/B6a4bw==';

/**
 * A requirement with its hash, as a line of pip's requirements file.
 * @throws Error where there is no pin: nothing is fetched unseen
 */
export function pinned(requirement: string, arch: string = process.arch): string {
  const sha256 = (PINS as Record<string, Record<string, string>>)[arch]?.[requirement];
  if (sha256 === undefined)
    throw new Error(`There is no pinned hash of ${requirement} for ${arch}, so it is not fetched.`);
  return `${requirement} --hash=sha256:${sha256}`;
}
