// `bakeoff compare`: two runs, arms or result folders side by side.
#include "harness/compare/compare.h"

#include <cstdio>

#include <CLI/CLI.hpp>

#include "harness/compare/open.h"
#include "reports/pages.h"
#include "tools/commands.h"

namespace bakeoff::tools {

namespace {

struct CompareFlags {
  std::string base, candidate;
  std::string markdown;  ///< file, or - for standard output; empty: none
  std::string html;      ///< file; empty: none
  compare::CompareOptions compare;
  std::size_t flips = reports::ComparisonOptions{}.most_flips;
  bool json = false, force = false;
};

/// Refuses sides that are not comparable, with the list; `--json` prints it as a record too.
Result<int> refuse(const std::vector<std::string>& reasons, const CompareFlags& flags) {
  if (flags.json) std::puts(dump(OrderedJson{{"suites", OrderedJson::object()}, {"comparable", reasons}}).c_str());
  std::string list;
  for (const auto& reason : reasons) list += (list.empty() ? "" : "; ") + reason;
  return input_error("not comparable: " + list, "", "--force compares all the same and says so");
}

Result<int> compare_sides(const CompareFlags& flags) {
  BAKEOFF_TRY(auto base, compare::open_results(flags.base));
  BAKEOFF_TRY(auto candidate, compare::open_results(flags.candidate));
  BAKEOFF_TRY(const auto pairs, compare::pair_sets(std::move(base), std::move(candidate)));
  std::vector<compare::Comparison> comparisons;
  for (const auto& pair : pairs) comparisons.push_back(compare::compare(pair.base, pair.candidate, flags.compare));
  reports::ComparisonOptions options;
  options.correction = compare::adjust(comparisons);
  options.most_flips = flags.flips;
  options.table.colour = reports::wants_colour();
  options.table.columns = 120;
  const auto reasons = reports::not_comparable(comparisons);
  if (!reasons.empty() && !flags.force) return refuse(reasons, flags);
  if (flags.json) std::puts(dump(reports::comparison_json(comparisons, options)).c_str());
  if (!flags.html.empty())
    BAKEOFF_CHECK(
        write_file_atomically(flags.html, reports::comparison_html(comparisons, {.correction = options.correction})));
  if (flags.markdown == "-")
    std::fputs(reports::comparison_markdown(comparisons, options).c_str(), stdout);
  else if (!flags.markdown.empty())
    BAKEOFF_CHECK(write_file_atomically(flags.markdown, reports::comparison_markdown(comparisons, options)));
  if (!flags.json && flags.markdown != "-") std::fputs(reports::comparison_table(comparisons, options).c_str(), stdout);
  return 0;
}

}  // namespace

Action declare_compare(CLI::App& app) {
  auto flags = std::make_shared<CompareFlags>();
  app.add_option("base", flags->base, "A run, RUN:ARM, or a result folder of another harness")->required();
  app.add_option("candidate", flags->candidate, "The same, for what is to be judged")->required();
  app.add_option("--suite", flags->compare.suites, "Only this suite; repeatable")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app.add_option("--margin", flags->compare.margin, "Differences up to this count as the same; a share")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 1.0));
  app.add_option("--noise-floor", flags->compare.noise_floor,
                 "Differences up to this are noise, known from elsewhere; a share")
      ->check(CLI::Range(0.0, 1.0));
  app.add_option("--flips", flags->flips, "List at most this many changed items of each suite")->capture_default_str();
  app.add_option("--markdown", flags->markdown, "Write Markdown into this file, or - for standard output");
  app.add_option("--html", flags->html, "Write a page with charts and the changed answers into this file");
  app.add_flag("--json", flags->json, "Print the JSON record instead of the table");
  app.add_flag("--force", flags->force, "Compare what is not comparable, and say so");
  return [flags] { return compare_sides(*flags); };
}

}  // namespace bakeoff::tools
