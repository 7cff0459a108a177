package org.speechrate.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Names, texts and paths that are none: the report shows them, and nothing else changes. */
class HostileReportTest {
  private static final int MOST_CHARACTERS = 3_000_000;

  static Stream<String> names() {
    return Stream.of(
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "' onload='alert(1)",
        "</style><style>*{display:none}</style>",
        "]]>",
        "<![CDATA[",
        "<!--",
        "--><b>",
        "</svg></title></desc></body>",
        "&lt;b&gt; &#0; &nbsp;",
        "\u0000\u0001\u0008\u000b\u000c\u001b[31m\u007f\u0085\r\n\t",
        "\u202Eevil\u202D \u2066\u2069\u200F",
        "\uD800",
        "\uDFFF\uD800",
        "\uFFFE\uFFFF\uFEFF",
        "\u2028\u2029",
        "javascript:alert(1)",
        "{{constructor}} ${7*7} %s %n",
        "'; DROP TABLE runs; --",
        "x".repeat(10_000),
        "<".repeat(10_000),
        "\uD83D\uDE00".repeat(5_000),
        "مرحبا بالعالم");
  }

  @ParameterizedTest
  @MethodSource("names")
  void staysTextWhateverItIs(String name) throws Exception {
    ReportPage plain = new ReportPage(TestReports.of(TestReports.SMALL));
    ReportPage page = new ReportPage(TestReports.of(new TestReports.Shape(60, 4, 8, name)));
    assertThat(page.html.length()).isLessThan(MOST_CHARACTERS);
    // The same elements with the same attributes: a name has made none.
    assertThat(tags(page)).isEqualTo(tags(plain));
    assertThat(page.attributeNames()).isEqualTo(plain.attributeNames());
    assertThat(page.texts("style")).isEqualTo(plain.texts("style"));
    assertThat(page.html)
        .doesNotContain("<script")
        .doesNotContain("<img")
        .doesNotContainPattern("[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f]")
        .doesNotContainPattern("[\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069]")
        .doesNotContainPattern("[\\ud800-\\udfff]")
        .doesNotContain("NaN");
  }

  private static List<String> tags(ReportPage page) {
    return page.all("*").stream().map(element -> element.getTagName()).toList();
  }

  @Test
  void showsWhatWasWritten() throws Exception {
    ReportPage page =
        new ReportPage(TestReports.of(new TestReports.Shape(60, 4, 8, "<b>\"Tom\" & 'Jerry'</b>")));
    assertThat(page.texts("header").get(0)).endsWith("<b>\"Tom\" & 'Jerry'</b>");
    assertThat(page.texts("dt")).contains("<b>\"Tom\" & 'Jerry'</b>seed");
  }
}
