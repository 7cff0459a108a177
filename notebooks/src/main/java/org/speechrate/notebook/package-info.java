/**
 * For a Java notebook: starts runs and looks at what they made.
 *
 * <p>In the kernel, {@code sr} is a {@link org.speechrate.notebook.Speechrate}; elsewhere {@link
 * org.speechrate.notebook.Speechrate#here()} makes one. It sees workflows and models, never the
 * stages' own code: a run's files are read as the next Python user would read them.
 *
 * <pre>{@code
 * var result = sr.train().await();
 * sr.metrics(result)                                        // a Tablesaw table
 * Charts.predictedAgainstTrue(sr.predictions(result))       // an SVG
 * }</pre>
 */
package org.speechrate.notebook;
