package org.speechrate.corpus;

/**
 * @param split train, dev or test
 * @param path of its audio, beginning with the root as the run gives it
 * @param seconds length of its audio
 */
record Utterance(
    String sampleId, String split, String speakerId, String path, double seconds, String text) {}
