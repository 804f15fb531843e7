// Plays one chunk of one arm: as many episodes alive as the model decodes rows together, each asked for its next
// request when the last one is answered. Finished samples go to `on_sample`; what is not finished when the work stops
// is dropped and played again by the next run.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "harness/run/plan.h"

namespace bakeoff::run {

struct PlayOptions {
  const suites::Suite* suite = nullptr;
  Decoding decoding;
  std::size_t live_episodes = 32;
  std::function<bool()> stopped;  ///< true: start and continue nothing more
  std::function<void(const Item&, store::SampleRow)> on_sample;
};

/// One sample to make. `row` comes with key, seed, ids and identity filled in.
struct PlayTask {
  const Item* item = nullptr;
  store::SampleRow row;
};

class Player : public RequestFeed {
 public:
  Player(std::vector<PlayTask> tasks, PlayOptions options);
  std::optional<Ticket> pull() override;
  void done(std::uint64_t number, Result<Reply> reply) override;

 private:
  struct Live {
    PlayTask task;
    std::unique_ptr<suites::Episode> episode;
    std::vector<Reply> replies;
  };
  struct Ready {
    std::unique_ptr<Live> live;
    Request request;
  };
  void advance(std::unique_ptr<Live> live, const Reply* reply);
  void finish(std::unique_ptr<Live> live);

  std::vector<PlayTask> tasks_;
  PlayOptions options_;
  std::size_t next_task_ = 0;
  std::uint64_t next_number_ = 0;
  std::deque<Ready> ready_;
  std::map<std::uint64_t, std::unique_ptr<Live>> in_flight_;
};

}  // namespace bakeoff::run
