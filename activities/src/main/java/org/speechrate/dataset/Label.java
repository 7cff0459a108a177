package org.speechrate.dataset;

/**
 * A label, as the labels stage wrote it.
 *
 * @param cps the decimal as it stands there
 * @param speakerId of the column that names the speaker; empty where unknown
 */
record Label(String sampleId, String split, String cps, String speakerId) {}
