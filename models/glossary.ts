/**
 * German and Swedish ECG reports in English, by longest match over a documented glossary (glossary.txt). English sentence
 * encoders place "vorhofflimmern" far from "atrial fibrillation"; after the glossary both are the same words. Training
 * translates reports with it, serving translates what a person types, so both land in the same place.
 */
import { readFileSync } from 'node:fs';

const FILE = new URL('./glossary.txt', import.meta.url);

export interface Translation {
  readonly text: string;
  /** Words of the source, how many of them an entry covered, and the (folded) words no entry covered. */
  readonly words: number;
  readonly translated: number;
  readonly untranslated: readonly string[];
}

interface Token {
  /** Folded word, or what stood between two words. */
  readonly text: string;
  readonly isWord: boolean;
}

export class Glossary {
  readonly #english = new Map<string, string>();
  readonly #longest: number;

  /** @param entries foreign phrase and its English, in any spelling @throws RangeError where a phrase has no word */
  constructor(entries: Iterable<readonly [string, string]>) {
    let longest = 0;
    for (const [foreign, english] of entries) {
      const words = wordsOf(foreign);
      if (words.length === 0) throw new RangeError(`a glossary entry has no words on its left: "${foreign} = ${english}"`);
      this.#english.set(words.join(' '), english);
      longest = Math.max(longest, words.length);
    }
    this.#longest = longest;
  }

  get size(): number {
    return this.#english.size;
  }

  /** Folds case and umlauts, turns hyphens to spaces, and puts every phrase the glossary knows into English. */
  translate(text: string): Translation {
    const tokens = tokenise(text);
    const untranslated: string[] = [];
    let out = '';
    let words = 0;
    let translated = 0;
    for (let at = 0; at < tokens.length; ) {
      const token = tokens[at]!;
      if (!token.isWord) {
        out += token.text;
        at++;
        continue;
      }
      const match = this.#matchAt(tokens, at);
      words += match?.words ?? 1;
      translated += match?.words ?? 0;
      if (match) out += match.english;
      else {
        out += token.text;
        untranslated.push(token.text);
      }
      at = match?.end ?? at + 1;
    }
    return { text: tidy(out), words, translated, untranslated };
  }

  #matchAt(tokens: readonly Token[], from: number): { english: string; end: number; words: number } | undefined {
    let best: { english: string; end: number; words: number } | undefined;
    let phrase = '';
    let words = 0;
    for (let at = from; at < tokens.length && words < this.#longest; at++) {
      const token = tokens[at]!;
      if (!token.isWord) {
        if (ENDS_PHRASE.test(token.text)) break;
        continue;
      }
      phrase += (words === 0 ? '' : ' ') + reduceDigraphs(token.text);
      words++;
      const english = this.#english.get(phrase);
      if (english !== undefined) best = { english, end: at + 1, words };
    }
    return best;
  }
}

// A phrase may run over blanks, hyphens, brackets and the full stop of an abbreviation, not over other punctuation.
const ENDS_PHRASE = /[,;:?!]/;

/** The glossary that ships. */
export function loadGlossary(file: URL = FILE): Glossary {
  const lines = readFileSync(file, 'utf8').split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));
  return new Glossary(
    lines.map((line) => {
      const [foreign, english] = line.split('=');
      if (foreign === undefined || english === undefined) throw new RangeError(`a glossary line has no "=": "${line}"`);
      return [foreign.trim(), english.trim()] as const;
    }),
  );
}

const UMLAUTS: Readonly<Record<string, string>> = { ä: 'a', ö: 'o', ü: 'u', å: 'a', é: 'e', è: 'e', á: 'a', ß: 'ss' };

/** Lower case without umlauts or hyphens (but `v4-6` stays): `Block-Bild Überdreht` -> `block bild uberdreht`. PTB-XL writes umlauts as capitals. */
export const foldSpelling = (text: string): string =>
  text.toLowerCase().replace(/[äöüåéèáß]/g, (letter) => UMLAUTS[letter]!).replace(/(?<!\d)-|-(?!\d)/g, ' ');

// "ueberdreht" and "überdreht" are one word; so are "moeglich" and "möglich".
const reduceDigraphs = (word: string): string => word.replace(/ae/g, 'a').replace(/oe/g, 'o').replace(/ue/g, 'u');

const wordsOf = (text: string): string[] => (foldSpelling(text).match(/[a-z0-9]+/g) ?? []).map(reduceDigraphs);

function tokenise(text: string): Token[] {
  const folded = foldSpelling(text);
  return [...folded.matchAll(/([a-z0-9]+)|([^a-z0-9]+)/g)].map(([, word, between]) => ({ text: word ?? between!, isWord: word !== undefined }));
}

const tidy = (text: string): string => text.replace(/\s+/g, ' ').replace(/ ?\) ?/g, ' ').replace(/ ?\( ?/g, ' ').replace(/\s+([.,;:])/g, '$1').replace(/\s+/g, ' ').trim();
