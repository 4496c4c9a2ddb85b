import { INSTALL_COMMAND, prepareBackend, type PreparedBackend } from '@sed/runtime';

/** Prepares the backend of a command; its warning, or the Error, names the command that mends it. */
export async function prepare(): Promise<PreparedBackend> {
  const prepared = await prepareBackend().catch((cause: Error) => {
    throw new Error(withSetup(cause.message), { cause });
  });
  const { warning } = prepared;
  return warning === undefined ? prepared : { ...prepared, warning: withSetup(warning) };
}

/** `@sed/runtime` names its own command, and `sed-cli setup` does the same. */
export const withSetup = (text: string): string =>
  text.replaceAll(`\`${INSTALL_COMMAND}\``, `\`${INSTALL_COMMAND}\` (\`sed-cli setup\`)`);
