/**
 * Where it runs: the {@code speechrate} command, its worker, and the Temporal dev server of a
 * workspace.
 *
 * <p>Files of a workspace that belong to this package:
 *
 * <ul>
 *   <li>{@code data/server.json}: address and processes of the running server ({@link
 *       org.speechrate.client.ServerFile});
 *   <li>{@code data/temporal.db}: the server's runs (SQLite), kept 90 days after they end;
 *   <li>{@code data/server.lock}, {@code data/server.users}: locks, empty ({@link
 *       org.speechrate.deploy.ServerLocks});
 *   <li>{@code data/logs/speechrate.log}, {@code server.log}, {@code up.log}: what the commands,
 *       the server and a detached {@code up} said.
 * </ul>
 */
package org.speechrate.deploy;
