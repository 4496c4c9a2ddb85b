import { existsSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';

/** Where a TensorFlow wheel with its C++ library is published and this package knows how to use it. */
export type NativePlatform =
  { supported: true; /** pip's platform tags, newest first */ tags: string[] } | { supported: false; reason: string };

const SUPPORTED = 'The native backend is for Linux on x64 and arm64 with glibc 2.27 or newer';

/** Whether the native backend can run here; says why not otherwise. */
export function nativePlatform(
  platform = process.platform,
  arch: string = process.arch,
  glibc = glibcMinor(),
): NativePlatform {
  const machine = arch === 'x64' ? 'x86_64' : arch === 'arm64' ? 'aarch64' : undefined;
  if (platform !== 'linux' || machine === undefined) {
    return { supported: false, reason: `${SUPPORTED}, and this is ${platform} on ${arch}.` };
  }
  if (glibc === undefined)
    return { supported: false, reason: `${SUPPORTED}, and this Linux has another C library (musl?).` };
  if (glibc < 27) return { supported: false, reason: `${SUPPORTED}, and this one has glibc 2.${glibc}.` };
  const tags: string[] = [];
  for (let minor = glibc; minor >= 17; minor--) tags.push(`manylinux_2_${minor}_${machine}`);
  tags.push(`manylinux2014_${machine}`);
  if (machine === 'x86_64') tags.push('manylinux2010_x86_64', 'manylinux1_x86_64');
  return { supported: true, tags };
}

/** Minor version of glibc 2.x, undefined without glibc. */
function glibcMinor(): number | undefined {
  if (process.platform !== 'linux') return undefined;
  const report = process.report as { excludeNetwork?: boolean; getReport(): unknown } | undefined;
  if (!report)
    return existsSync('/lib64/ld-linux-x86-64.so.2') || existsSync('/lib/ld-linux-aarch64.so.1') ? 28 : undefined;
  report.excludeNetwork = true; // else it resolves the host's addresses, which can take seconds
  const { header } = report.getReport() as { header?: { glibcVersionRuntime?: string } };
  const minor = /^2\.(\d+)/.exec(header?.glibcVersionRuntime ?? '')?.[1];
  return minor === undefined ? undefined : Number(minor);
}

/** What decides the speed on a CPU. */
export interface Cpu {
  model: string;
  cores: number;
  avx2: boolean;
  avx512: boolean;
}

/** The processor of this machine; the vector units are read from /proc/cpuinfo and false where there is none. */
export function inspectCpu(): Cpu {
  const all = cpus();
  let flags = '';
  try {
    flags = /^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? '';
  } catch {
    // not Linux
  }
  const words = new Set(flags.split(' '));
  return {
    model: all[0]?.model ?? 'unknown',
    cores: all.length,
    avx2: words.has('avx2'),
    avx512: words.has('avx512f'),
  };
}
