package org.speechrate.pipeline.evaluation;

/** Between these lie 95 % of the bootstrap's rounds: its 2.5th and 97.5th percentile. */
public record Interval(double low, double high) {}
