import { installRuntime } from '@sed/runtime';
import type { Context } from '../context.ts';
import { createTalk } from '../ui/console.ts';
import { progressBar } from '../ui/progress-bar.ts';
import { bytes, duration } from '../ui/text.ts';
import { pretrainedNames, pretrainedWeights } from '../weights/pretrained.ts';

export interface SetupChoices {
  readonly gpu: 'auto' | 'yes' | 'no';
  readonly weights: boolean;
  readonly json?: boolean;
}

/** Installs what is missing. Ctrl-C stops; what was downloaded stays for the next time. */
export async function setup(options: SetupChoices, context: Context): Promise<void> {
  const { io } = context;
  const talk = createTalk(io);
  const abort = new AbortController();
  const stopListening = io.onInterrupt(() =>
    abort.abort(new Error('Stopped. What was downloaded so far is kept: run `sed-cli setup` again.')),
  );
  let stage = '';
  let native: Awaited<ReturnType<typeof installRuntime>> | undefined;
  const failures: Error[] = [];
  // Neither needs the other: without a compiler the weights still come, and wasm trains with them.
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      if (abort.signal.aborted) throw error;
      failures.push(error as Error);
    }
  };
  const installNative = async (): Promise<void> => {
    const result = await installRuntime({
      gpu: options.gpu === 'auto' ? 'auto' : options.gpu === 'yes',
      signal: abort.signal,
      log: (line) => talk.say(line),
      onProgress(p) {
        const size =
          p.megabytes === undefined
            ? ''
            : `${bytes(p.megabytes * 1e6)}${p.totalMegabytes ? ` of ${bytes(p.totalMegabytes * 1e6)}` : ''}`;
        const rate = p.rate ? `${bytes(p.rate * 1e6)}/s` : '';
        const left =
          p.rate && p.totalMegabytes && p.megabytes !== undefined
            ? `${duration((p.totalMegabytes - p.megabytes) / p.rate)} left`
            : '';
        const detail = [p.item, size, rate, left].filter((s) => s !== '').join('  ');
        talk.status(p.percent === undefined ? `${p.stage}  ${detail}` : progressBar(p.stage, p.percent / 100, detail));
        if (stage !== p.stage + p.item && !io.interactive) talk.say(`${p.stage} ${p.item}`);
        stage = p.stage + p.item;
      },
    });
    talk.clear();
    talk.say(
      result.installed
        ? `TensorFlow ${result.tensorflow} (${result.flavor}) is installed: ${bytes(result.megabytes * 1e6)} in ${result.folder}, ${duration(result.seconds)}.`
        : `TensorFlow ${result.tensorflow} (${result.flavor}) was installed already, in ${result.folder}.`,
    );
    native = result;
  };
  try {
    await attempt(installNative);
    const weights: Record<string, string> = {};
    for (const name of options.weights ? pretrainedNames() : []) {
      await attempt(async () => {
        weights[name] = await pretrainedWeights(name, { download: true, env: io.env, log: (line) => talk.say(line) });
      });
    }
    talk.clear();
    if (failures.length > 0) throw new Error(failures.map((failure) => failure.message).join('\n'));
    talk.say('Ready. `sed-cli doctor` says what runs.');
    if (options.json) context.json({ ...native, weights });
  } catch (error) {
    talk.clear();
    throw abort.signal.aborted && abort.signal.reason instanceof Error ? abort.signal.reason : error;
  } finally {
    stopListening();
  }
}
