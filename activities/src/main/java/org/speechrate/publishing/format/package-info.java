/**
 * A model's weights in the formats of other ecosystems, and the way back.
 *
 * <p>All take raw embeddings (n, d), float32, and give (n, 1) letters per second, and the same
 * weights always give the same bytes.
 *
 * <ul>
 *   <li>{@code model.safetensors}: see {@link org.speechrate.model}.
 *   <li>{@code model.pt}: torch.save of a torch.nn.Sequential, which PyTorch opens without any
 *       class of ours; a linear path runs through units of its own, see {@link
 *       org.speechrate.publishing.format.PlainMlp}.
 *   <li>{@code state_dict.pt}: torch.save of a dict from the names in model.safetensors to tensors.
 *   <li>{@code model.onnx}: opset 13, input {@code embeddings}, output {@code cps}.
 * </ul>
 */
package org.speechrate.publishing.format;
