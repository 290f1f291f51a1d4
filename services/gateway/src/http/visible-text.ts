/** Scripts whose letters stand alone, so that nothing is gained by joining or parting them. All others may need it to be spelt rightly. */
const unjoined = ['Latin', 'Greek', 'Cyrillic', 'Han', 'Hangul', 'Hiragana', 'Katakana', 'Inherited']
  .map((script) => String.raw`\p{scx=${script}}`)
  .join('');
const joiningLetter = String.raw`(?![${unjoined}])[\p{L}\p{M}]`;
const emojiEnd = String.raw`[\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f\u{e007f}]`;

// Where a character that can't be seen has a meaning:
const meaningful = [
  // between the letters of a script that joins or parts them, or between it and another (CD‌ها);
  String.raw`(?<=${joiningLetter})[\u200c\u200d]|(?<=[\p{L}\p{N}])[\u200c\u200d](?=${joiningLetter})`,
  // between two emoji that make one;
  String.raw`(?<=${emojiEnd})\u200d(?=\p{Extended_Pictographic})`,
  // behind what it is a variant of;
  String.raw`(?<=[\p{L}\p{N}\p{P}\p{S}])[\ufe00-\ufe0f\u{e0100}-\u{e01ef}]|(?<=\p{scx=Mongolian})[\u180b-\u180f]`,
  // as the name of a region behind its flag.
  String.raw`(?<=\p{Extended_Pictographic}|\p{Emoji_Modifier}|\ufe0f)[\u{e0020}-\u{e007e}]+\u{e007f}`,
].join('|');

// Control characters, halves of a surrogate pair, what is no character, and what changes how the text around it looks or is not seen at all.
const hidden = String.raw`[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}\ufff9-\ufffb]`;

const meaningfulOrHidden = new RegExp(`(${meaningful})|${hidden}`, 'gu');
const visible = /(?!\u2800)[\p{L}\p{N}\p{P}\p{S}\p{Co}\p{Cn}]/u;
const brokenPart = /[\p{Cc}\p{Cs}]/u;
const lineEnds = /\r\n|[\n\r\t\u2028\u2029]/gu;

export const broken = 'Must not have control characters or broken Unicode';

/** Whether text has control characters or halves of surrogate pairs, which can't be stored. */
export function isBroken(text: string): boolean {
  return brokenPart.test(text);
}

/** Text without the characters that can't be seen, except where they have a meaning, as in emoji and in Persian. */
export function withoutHidden(text: string): string {
  return text.replace(meaningfulOrHidden, (_, kept: string | undefined) => kept ?? '');
}

/** What is wrong with text that people shall see; undefined when nothing is. */
export function hiddenPart(text: string, { lines }: { lines: boolean }): string | undefined {
  const plain = lines ? text.replace(lineEnds, ' ') : text;
  if (isBroken(plain)) return broken;
  if (withoutHidden(plain) !== plain) return 'Must not have characters that can’t be seen or that change the direction of text';
  if (plain.trim() !== '' && !visible.test(plain.replace(/\p{Default_Ignorable_Code_Point}/gu, '')))
    return 'Must have a character that can be seen';
  return undefined;
}
