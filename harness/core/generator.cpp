// Serving a fixed list of requests.
#include "harness/core/generator.h"

#include "harness/core/interrupt.h"

namespace bakeoff {

Json to_json(const GeneratorIdentity& identity) {
  return {{"model_digest", identity.model_digest},
          {"adapters", identity.adapters},
          {"template_digest", identity.template_digest},
          {"context", to_json(identity.context)},
          {"dtype", identity.dtype},
          {"device", identity.device},
          {"engine", identity.engine}};
}

namespace {

/// Hands the requests out in order and keeps each reply at its request's place.
class ListFeed : public RequestFeed {
 public:
  ListFeed(std::vector<Request> requests, const std::function<void(std::size_t, const Result<Reply>&)>& on_done)
      : requests_(std::move(requests)), replies_(requests_.size()), on_done_(on_done) {}

  std::optional<Ticket> pull() override {
    if (next_ == requests_.size() || interrupted()) return std::nullopt;
    const std::size_t number = next_++;
    return Ticket{number, std::move(requests_[number])};
  }

  void done(std::uint64_t number, Result<Reply> reply) override {
    auto& place = replies_[static_cast<std::size_t>(number)];
    place = std::move(reply);
    if (on_done_) on_done_(static_cast<std::size_t>(number), *place);
  }

  std::vector<Result<Reply>> take() {
    std::vector<Result<Reply>> replies;
    replies.reserve(replies_.size());
    for (auto& reply : replies_) replies.push_back(reply ? std::move(*reply) : unanswered());
    return replies;
  }

 private:
  static Result<Reply> unanswered() {
    if (interrupted()) return interrupted_error();
    return internal_error("the generator ended without answering this request");
  }

  std::vector<Request> requests_;
  std::vector<std::optional<Result<Reply>>> replies_;
  const std::function<void(std::size_t, const Result<Reply>&)>& on_done_;
  std::size_t next_ = 0;
};

}  // namespace

Result<std::vector<Result<Reply>>> serve_all(Generator& generator, std::vector<Request> requests,
                                             const std::function<void(std::size_t, const Result<Reply>&)>& on_done) {
  ListFeed feed(std::move(requests), on_done);
  BAKEOFF_CHECK(generator.serve(feed));
  return feed.take();
}

}  // namespace bakeoff
