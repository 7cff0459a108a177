package org.speechrate.deploy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code deploy/docs/troubleshooting.md}: rows of what was broken, the line, and a cure. */
final class TroubleshootingPage {
  /** Where the page's user has the workspace. */
  static final String WORKSPACE = "/home/me/speechrate";

  private static final Pattern ROW = Pattern.compile("\\| ([^|`]+) \\| (`+) ?(.+?) ?\\2 \\|.*\\|");

  private TroubleshootingPage() {}

  /** The line of each input, by the words for what is broken. */
  static Map<String, String> lines() throws IOException {
    Map<String, String> lines = new LinkedHashMap<>();
    for (String line :
        Files.readAllLines(Tools.repository().resolve("deploy/docs/troubleshooting.md"))) {
      Matcher row = ROW.matcher(line);
      if (row.matches() && lines.put(row.group(1), row.group(3).replace("\\|", "|")) != null) {
        throw new IOException("twice on the page: " + row.group(1));
      }
    }
    return lines;
  }

  /** A line as the page has it: in the user's workspace, with ports and hashes that stay. */
  static String asShown(String line, Path workspace) {
    return line.replace(workspace.toString(), WORKSPACE)
        .replaceAll("(?<=127\\.0\\.0\\.1:)\\d+", "8000")
        .replaceAll("(?<=-port )\\d+", "8233")
        .replaceAll("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "…")
        .replaceAll("[0-9a-f]{32,64}", "…");
  }
}
