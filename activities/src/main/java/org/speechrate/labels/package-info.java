/**
 * Labels utterances with their speech rate, cps: letters and digits of the text per second.
 *
 * <p>Labels that are given: {@code train_cps.csv}, {@code dev_cps.csv}, {@code test_cps.csv} with
 * the Python system's columns, or with {@code sample_id,cps} and any further ones. Otherwise they
 * are made from the corpus stage's {@code utterances.csv}.
 *
 * <p>Writes the same three files, rows in the order of what was read:
 *
 * <pre>
 * audio_path  string   may be empty where labels were given
 * text        string   may be empty where labels were given
 * cps         decimal  letters and digits per second, 0.1 to 100
 * speaker_id  string   may be empty where labels were given
 * chapter_id  string   may be empty where labels were given
 * audio_id    string   the sample_id: the audio file's name without ending; never empty
 * …                    further columns of given labels, as they were
 *
 * audio_path,text,cps,speaker_id,chapter_id,audio_id
 * raw/dev-clean/LibriSpeech/dev-clean/84/1/84-1-0000.flac,GO DO YOU HEAR,3.6753445635528332,84,1,84-1-0000
 * </pre>
 */
package org.speechrate.labels;
