// The pages in a browser: tests/browser/report.mjs holds them to html-validate, axe-core and the keyboard in Chromium.
// Needs node, Chromium and the packages of tests/browser, which tools/test fetches where it can (else: `npm ci` there).
#include <cstdlib>

#include "harness/core/files.h"
#include "reports/pages.h"
#include "reports/report.h"
#include "tests/catch.h"
#include "tests/report_fixture.h"
#include "tests/support.h"

namespace bakeoff::reports {

TEST_CASE("pages hold to the standard, to axe-core and to the keyboard in a browser, in every look") {
  const char* given = std::getenv("BAKEOFF_CHROMIUM");
  const Path chromium = given ? given : "/usr/bin/chromium", script = testing::source_path("browser/report.mjs");
  if (!std::filesystem::exists(chromium)) SKIP_TEST("Chromium is not there");
  if (std::system("node --version >/dev/null 2>&1") != 0) SKIP_TEST("node is not there");
  if (!std::filesystem::exists(script.parent_path() / "node_modules/axe-core"))
    SKIP_TEST("axe-core and html-validate are not there: npm ci in tests/browser");
  const testing::TemporaryFolder folder;
  REQUIRE(write_html(showcase(), folder / "report.html").ok());
  REQUIRE(write_html(drawings(), folder / "drawings.html").ok());
  const std::string approved = testing::source_path("approved").string();
  const std::string command = "timeout 900 node '" + script.string() + "' '" + (folder / "report.html").string() +
                              "' '" + (folder / "drawings.html").string() + "' '" + approved + "/comparison.html' '" +
                              approved + "/trend.html' > '" + (folder / "log").string() + "' 2>&1";
  const int status = std::system(command.c_str());
  const auto log = read_file(folder / "log");
  INFO((log.ok() ? *log : "no log"));
  CHECK(status == 0);
}

}  // namespace bakeoff::reports
