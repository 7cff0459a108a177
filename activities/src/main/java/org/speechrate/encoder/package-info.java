/**
 * Speaker encoders: from an audio file to a vector, by an ONNX graph and its descriptor. An encoder
 * is a folder with {@code encoder.json} ({@link org.speechrate.encoder.EncoderDescriptor}) and the
 * ONNX file that it names.
 */
package org.speechrate.encoder;
