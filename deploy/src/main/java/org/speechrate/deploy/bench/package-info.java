/**
 * {@code speechrate bench}: stages timed against the Python way, in one run on one machine.
 *
 * <p>{@code data/bench/} holds the inputs that were made for it, and while a bench runs its stores.
 */
package org.speechrate.deploy.bench;
