/**
 * {@code report.html}: a run's evaluation for people, made of a {@link
 * org.speechrate.report.ReportData} alone. One file that loads nothing and runs nothing,
 * well-formed as XML too; whatever came from users' files stands in it as text. It reads and writes
 * no file, and the same data give the same bytes.
 */
package org.speechrate.report;
