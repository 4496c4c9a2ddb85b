const CONTROLS = /\u001b\[[0-9;]*m|[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/**
 * Text for a terminal. Names in files of others may have control characters, which would move the cursor, clear the
 * screen or type: they are shown as `\x1b`. Lines, tabs and colors stay.
 */
export function printable(text: string): string {
  return text.replace(CONTROLS, (found) =>
    found.length > 1 ? found : `\\x${found.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}
