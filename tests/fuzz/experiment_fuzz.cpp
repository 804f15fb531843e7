// Experiment files. What is read must survive being written out and read again.
#include "harness/run/experiment.h"
#include "tests/fuzz/input.h"

namespace bakeoff::testing {

void fuzz_experiment(std::string_view input) {
  static const InputFile file("experiment.yaml");
  const auto experiment = run::read_experiment(file.write(input));
  if (!experiment.ok()) return require_reason(experiment.error());
  const OrderedJson written = run::to_json(*experiment);
  const auto document = parse_json(dump(written), "again");
  require(document.ok(), "an experiment that was read can be written");
  const auto again = run::experiment_from_json(*document, experiment->file);
  require(again.ok(), "an experiment with its defaults written out can be read");
  require(dump(run::to_json(*again)) == dump(written), "and is the same experiment");
}

}  // namespace bakeoff::testing
