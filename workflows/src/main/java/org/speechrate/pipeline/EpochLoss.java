package org.speechrate.pipeline;

/** Mean squared errors after one epoch (counted from 1), in (letters/s)². */
public record EpochLoss(int epoch, double trainMse, double devMse) {}
