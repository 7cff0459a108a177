package org.speechrate.training;

/**
 * One joined utterance.
 *
 * @param row of its embedding in x.npy, counted from 0
 * @param split train, dev or test
 * @param speakerId empty where no speaker is known
 * @param cps letters per second
 */
public record Sample(int row, String sampleId, String split, String speakerId, double cps) {}
