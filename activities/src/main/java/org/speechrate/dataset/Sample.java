package org.speechrate.dataset;

/**
 * A label that found its embedding.
 *
 * @param row in x.npy, from 0
 * @param speakerId empty where unknown
 */
record Sample(long row, String sampleId, String split, String speakerId, String cps) {}
