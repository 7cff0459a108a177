/**
 * What a probe does beside the stages of a run: it asks how well speech rate can be read from each
 * layer of an encoder. Committed are
 *
 * <ul>
 *   <li>among the embeddings, weighted sums of all layers: {@code x.npy}, {@code ids.csv}; the
 *       weights stand in the manifest's facts;
 *   <li>among the evaluations, for each layer {@code scores.json}, and for the whole
 *       <ul>
 *         <li>{@code layers.csv}: layer, dimension, weight (in the weighted sum), and for ridge and
 *             mlp dev_r2, test_r2, test_low and test_high (95 %), control_r2, selectivity,
 *             selectivity_low, selectivity_high; bits and constant_bits (an utterance),
 *             compression, cca, note (why something is absent):
 *             <pre>
 * layer,dimension,weight,ridge_dev_r2,ridge_test_r2,…,bits,constant_bits,compression,cca,note
 * layer_7,768,0.41,0.44,0.41,…,8.1,8.6,1.06,0.66,
 * </pre>
 *         <li>{@code probe.json}: the same with verdict, choices and dataset;
 *         <li>{@code probe.html}: the same for people.
 *       </ul>
 * </ul>
 */
package org.speechrate.probe;
