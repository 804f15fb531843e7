// The last stage of a run: what suites want computed once all is played. Divergences between arms come first, since
// exhibits may show them. A divergence is kept under the content of what it was computed from, so that no run computes
// it twice.
#include <algorithm>
#include <numeric>
#include <set>

#include "harness/core/interrupt.h"
#include "harness/core/sha256.h"
#include "harness/run/session.h"
#include "harness/run/stored_results.h"

namespace bakeoff::run {
namespace {

/// Conversations between two commits.
constexpr std::size_t kAtOnce = 16;

const PlannedArm* find_arm(const Plan& plan, const std::string& name) {
  for (const PlannedArm& arm : plan.arms)
    if (arm.arm.name == name) return &arm;
  return nullptr;
}

store::VoteRow vote_row(const std::string& source, const suites::Vote& vote) {
  store::VoteRow row;
  row.id = source + ": " + vote.suite + "/" + vote.item + "/" + std::to_string(vote.replicate) + ", " + vote.model_a +
           " and " + vote.model_b;
  row.suite = vote.suite;
  row.item = vote.item;
  row.model_a = vote.model_a;
  row.model_b = vote.model_b;
  row.winner = vote.winner;
  row.judge = vote.judge;
  row.category = vote.category;
  if (!vote.sample_key.empty()) row.sample_key = vote.sample_key;
  row.source = source;
  return row;
}

class ClosingStage {
 public:
  explicit ClosingStage(Session& session) : session_(session), plan_(session.prepared.plan) {}

  Status work() {
    BAKEOFF_CHECK(collect());
    if (session_.options.progress && missing_ > 0) session_.options.progress->begin("divergences", missing_);
    Status status;
    for (const Wanted& wanted : wanted_)
      if (status.ok()) status = compute(wanted);
    if (session_.options.progress && missing_ > 0) session_.options.progress->end();
    BAKEOFF_CHECK(status);
    for (const PlannedSuite& planned : plan_.suites) BAKEOFF_CHECK(show(planned));
    return {};
  }

 private:
  struct Wanted {
    const PlannedSuite* suite;
    suites::Contrast contrast;
    const PlannedArm *arm, *against;
    std::vector<std::string> stamps;  ///< one a conversation
  };

  Status collect() {
    for (const PlannedSuite& planned : plan_.suites) {
      const StoredResults results(plan_, *session_.store, planned.label);
      BAKEOFF_TRY(auto contrasts, planned.suite->contrasts(results));
      std::set<std::string> names;
      for (suites::Contrast& contrast : contrasts) {
        if (!names.insert(contrast.name).second)
          return internal_error("two contrasts are called \"" + contrast.name + "\"", planned.where);
        BAKEOFF_TRY(Wanted wanted, wanted_of(planned, std::move(contrast)));
        wanted_.push_back(std::move(wanted));
      }
    }
    return {};
  }

  Result<Wanted> wanted_of(const PlannedSuite& planned, suites::Contrast contrast) {
    Wanted wanted{&planned, std::move(contrast), nullptr, nullptr, {}};
    wanted.arm = find_arm(plan_, wanted.contrast.arm);
    wanted.against = find_arm(plan_, wanted.contrast.against);
    if (!wanted.arm || !wanted.against)
      return input_error("the suite compares the arms \"" + wanted.contrast.arm + "\" and \"" +
                             wanted.contrast.against + "\", which are not both there",
                         planned.where);
    values_[{planned.label, wanted.contrast.name}].resize(wanted.contrast.conversations.size());
    if (wanted.arm->arm.remote || wanted.against->arm.remote) return wanted;  // such a server gives no distributions
    for (const Conversation& conversation : wanted.contrast.conversations) {
      wanted.stamps.push_back("answer_kl/" + sha256_hex(dump(Json{wanted.arm->generator, wanted.against->generator,
                                                                  to_json(conversation)})));
      BAKEOFF_TRY(const auto known, session_.store->stamp(wanted.stamps.back()));
      missing_ += known ? 0 : 1;
    }
    return wanted;
  }

  Status compute(const Wanted& wanted) {
    auto& values = values_[{wanted.suite->label, wanted.contrast.name}];
    std::vector<std::size_t> missing;
    for (std::size_t i = 0; i < wanted.stamps.size(); ++i) {
      BAKEOFF_TRY(const auto known, session_.store->stamp(wanted.stamps[i]));
      if (!known) missing.push_back(i);
      if (known && known->is_number()) values[i] = known->get<double>();
    }
    for (std::size_t at = 0; at < missing.size(); at += kAtOnce) {
      if (interrupted()) return interrupted_error();
      BAKEOFF_CHECK(compute(wanted, std::span(missing).subspan(at, std::min(kAtOnce, missing.size() - at))));
    }
    return record(wanted);
  }

  Status compute(const Wanted& wanted, std::span<const std::size_t> chosen) {
    BAKEOFF_TRY(Baker * baker, session_.baker.get());
    BAKEOFF_TRY(const GeneratorSpec spec, generator_spec(session_.prepared, *wanted.arm));
    BAKEOFF_TRY(const GeneratorSpec against, generator_spec(session_.prepared, *wanted.against));
    std::vector<Conversation> conversations;
    for (const std::size_t i : chosen) conversations.push_back(wanted.contrast.conversations[i]);
    BAKEOFF_TRY(const auto found, baker->answer_kl(spec, against, conversations));
    if (found.size() != chosen.size()) return internal_error("the baker gave too few divergences", wanted.suite->where);
    BAKEOFF_CHECK(session_.store->transaction([&] { return keep_all(wanted, chosen, found); }));
    done_ += static_cast<std::int64_t>(chosen.size());
    if (session_.options.progress)
      session_.options.progress->update(done_, wanted.suite->label + ", " + wanted.contrast.name);
    return {};
  }

  Status keep_all(const Wanted& wanted, std::span<const std::size_t> chosen, const std::vector<Result<double>>& found) {
    for (std::size_t i = 0; i < chosen.size(); ++i) BAKEOFF_CHECK(keep(wanted, chosen[i], found[i]));
    return {};
  }

  /// A conversation that can not be compared is kept as nothing; trouble with the machine ends the run.
  Status keep(const Wanted& wanted, std::size_t index, const Result<double>& found) {
    if (!found.ok() && found.error().kind != ErrorKind::input) return found.error();
    auto& value = values_[{wanted.suite->label, wanted.contrast.name}][index];
    if (found.ok()) value = *found;
    return session_.store->put_stamp(wanted.stamps[index], value ? Json(*value) : Json());
  }

  /// The mean over all conversations that could be compared.
  Status record(const Wanted& wanted) {
    double sum = 0;
    std::size_t count = 0;
    for (const auto& value : values_[{wanted.suite->label, wanted.contrast.name}])
      if (value) sum += *value, ++count;
    if (count == 0) return {};
    const std::string name = wanted.suite->label + "/" + wanted.contrast.name;
    return session_.store->transaction([&] {
      return session_.store->put_measurement(
          session_.outcome.run, {wanted.contrast.arm, name, sum / static_cast<double>(count), "nats/token"});
    });
  }

  /// What one suite shows, and the votes that it found.
  Status show(const PlannedSuite& planned) {
    const StoredResults results(plan_, *session_.store, planned.label, values_);
    BAKEOFF_TRY(const auto exhibits, planned.suite->exhibits(results));
    BAKEOFF_TRY(const auto votes, planned.suite->votes(results));
    return session_.store->transaction([&]() -> Status {
      BAKEOFF_CHECK(session_.store->put_exhibits(session_.outcome.run, planned.label, exhibits));
      for (const suites::Vote& vote : votes)
        BAKEOFF_CHECK(session_.store->put_vote(session_.outcome.run, vote_row(planned.label, vote)));
      return {};
    });
  }

  Session& session_;
  const Plan& plan_;
  std::vector<Wanted> wanted_;
  ContrastValues values_;
  std::int64_t missing_ = 0, done_ = 0;
};

}  // namespace

Status conclude(Session& session) { return ClosingStage(session).work(); }

}  // namespace bakeoff::run
