// See imported.h.
#include "harness/compare/imported.h"

#include <algorithm>

#include "harness/core/json.h"

namespace bakeoff::compare {

namespace {

Json figure_json(const SummaryFigure& figure) {
  return {{"value", figure.value},
          {"standard_error", figure.standard_error ? Json(*figure.standard_error) : Json()},
          {"n", figure.n}};
}

SummaryFigure figure_of(const Json& value) {
  SummaryFigure figure{value.at("value").get<double>(), {}, value.at("n").get<std::int64_t>()};
  if (!value.at("standard_error").is_null()) figure.standard_error = value.at("standard_error").get<double>();
  return figure;
}

/// With all metrics that the source names: those of which only figures are known are in no table.
SuiteResults& suite_in(ResultSet& set, const std::string& name, const Json& metrics) {
  auto at = std::find_if(set.suites.begin(), set.suites.end(), [&](const auto& suite) { return suite.name == name; });
  if (at == set.suites.end()) at = set.suites.insert(at, SuiteResults{});
  at->name = name;
  for (const Json& metric : metrics) {
    const auto own = metric.at(0).get<std::string>();
    const bool is_known =
        std::any_of(at->metrics.begin(), at->metrics.end(), [&](const auto& info) { return info.name == own; });
    if (!is_known) at->metrics.push_back({own, metric.at(1).get<bool>(), ""});
  }
  return *at;
}

}  // namespace

Json imported_note(const ResultSet& set) {
  Json suites = Json::object();
  for (const SuiteResults& suite : set.suites) {
    Json figures = Json::object(), metrics = Json::array();
    for (const auto& [metric, figure] : suite.figures) figures[metric] = figure_json(figure);
    for (const MetricInfo& metric : suite.metrics)
      metrics.push_back(Json::array({metric.name, metric.higher_is_better}));
    suites[suite.name] = {{"protocol", suite.protocol}, {"figures", figures}, {"metrics", metrics}};
  }
  return {{"source", set.source}, {"suites", suites}, {"caveats", set.caveats}};
}

const Json* find_imported_note(const Json& settings, const std::string& arm) {
  const auto all = settings.find("imported");
  if (all == settings.end() || !all->is_object()) return nullptr;
  const auto found = all->find(arm);
  return found == all->end() ? nullptr : &*found;
}

Status add_imported_note(const Json& note, const std::string& where, ResultSet& set) try {
  for (const Json& caveat : note.at("caveats")) set.caveats.push_back(caveat.get<std::string>());
  for (const auto& [name, stated] : note.at("suites").items()) {
    SuiteResults& suite = suite_in(set, name, stated.at("metrics"));
    suite.protocol = stated.at("protocol");
    for (const auto& [metric, figure] : stated.at("figures").items()) suite.figures[metric] = figure_of(figure);
  }
  return {};
} catch (const Json::exception& damaged) {
  return input_error(std::string("the note of an import is damaged: ") + damaged.what(), where);
}

}  // namespace bakeoff::compare
