/**
 * Lists a corpus in LibriSpeech's layout: {@code <root>/<subset>/LibriSpeech/<subset>/} (or {@code
 * <root>/LibriSpeech/<subset>/}, or {@code <root>/<subset>/}) and below it {@code
 * <speaker>/<chapter>/<sample_id>.flac} (or .wav, .mp3, .ogg, .opus) beside {@code
 * <speaker>-<chapter>.trans.txt}, which has a line {@code <sample_id> <TEXT>} for each; or a
 * manifest with a row for each utterance. Audio is FLAC, WAV, MP3, Ogg Vorbis or Ogg Opus, whatever
 * its name; only its headers are read, except where they do not tell the length.
 *
 * <p>Writes {@code utterances.csv}, sorted by split (train, dev, test), then sample_id:
 *
 * <pre>
 * sample_id   string   unique over all splits
 * split       train, dev or test
 * speaker_id  string   name of the speaker's folder; empty where a manifest does not tell
 * path        string   of the audio file, beginning with the root as the run gives it
 * seconds     decimal  length of the audio
 * text        string   as the transcript has it
 *
 * sample_id,split,speaker_id,path,seconds,text
 * 84-1-0000,dev,84,raw/dev-clean/LibriSpeech/dev-clean/84/1/84-1-0000.flac,3.265,GO DO YOU HEAR
 * </pre>
 *
 * <p>and, only where damaged audio was left out, {@code damaged.csv}, in the order of the folders
 * or the manifest:
 *
 * <pre>
 * sample_id, split, speaker_id, path, text   as above; none of these is in utterances.csv
 * reason      string   such as "is empty"; continues the file's name
 *
 * sample_id,split,speaker_id,path,text,reason
 * 84-1-0001,dev,84,raw/dev-clean/LibriSpeech/dev-clean/84/1/84-1-0001.flac,BUT IN LESS,is empty
 * </pre>
 */
package org.speechrate.corpus;
