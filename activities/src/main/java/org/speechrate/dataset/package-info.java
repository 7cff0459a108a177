/**
 * Joins labels and embeddings by sample_id. The labels' split decides.
 *
 * <p>Reads the labels stage's {@code <split>_cps.csv} and the embeddings stage's {@code ids.csv}
 * and {@code x.npy}. Writes {@code samples.csv}, in the order train, dev, test, then sample_id, so
 * that the order does not depend on where the embeddings came from:
 *
 * <pre>
 * row         integer  row in x.npy, from 0
 * sample_id   string   unique
 * split       train, dev or test
 * speaker_id  string   empty where no speaker is known
 * cps         decimal  the label: letters and digits per second
 *
 * row,sample_id,split,speaker_id,cps
 * 17,84-1-0000,dev,84,13.782542113323125
 * </pre>
 *
 * <p>and {@code dropped.csv}, what found no partner and was left out:
 *
 * <pre>
 * sample_id   string
 * split       train, dev, test, or empty where it is not known
 * missing     label or embedding
 *
 * sample_id,split,missing
 * 84-1-0001,dev,embedding
 * </pre>
 */
package org.speechrate.dataset;
