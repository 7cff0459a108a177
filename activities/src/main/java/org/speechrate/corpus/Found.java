package org.speechrate.corpus;

import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * An utterance whose audio is not read yet.
 *
 * @param split train, dev or test
 * @param speakerId empty where it is not known
 * @param shown how the user knows the file
 */
record Found(
    String sampleId,
    String split,
    String speakerId,
    Path file,
    BasicFileAttributes attributes,
    String shown,
    String text) {}
