/**
 * Tables as users give them and as stages hand them on: CSV in UTF-8, one header line, fields
 * quoted where they need it. What we write ends its lines with a line feed alone and its numbers
 * read back as the same double in Java and in Python. Row 1 is the first below the header.
 */
package org.speechrate.table;
