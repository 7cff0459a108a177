/**
 * Tables as users give them and as stages hand them on: CSV in UTF-8, one header line, fields
 * quoted where they need it. What we write ends its lines with a line feed alone and its numbers
 * read back as the same double in Java and in Python.
 *
 * <p>Places in refusals: a text file's lines as an editor counts them, so the header is line 1;
 * rows of arrays and items of lists as Python indexes them, from 0.
 */
package org.speechrate.table;
