/**
 * What belongs to a run as a whole. Files under {@code data/runs/}, ids percent-encoded where they
 * hold other characters than letters, digits, dot, underscore and hyphen:
 *
 * <ul>
 *   <li>{@code <workflowId>/<runId>.json}: what the run was asked for, its stages and artifacts,
 *       its result; times in UTC (ISO 8601), durations in seconds, errors in letters/s and
 *       (letters/s)². For example {@code {"ended": "2026-01-02T03:05:00Z", "message": "Better than
 *       the mean …", "outcome": "completed", …}}.
 *   <li>{@code <workflowId>/<runId>/checkpoint.safetensors}: where its training stands; gone when
 *       the run has ended.
 * </ul>
 */
package org.speechrate.run;
