// The rows of a model verb on their way through a generator: read when it wants work, answered in their order.
#include <map>

#include "harness/core/interrupt.h"
#include "tools/records.h"

namespace bakeoff::tools {

namespace {

class RowFeed : public RequestFeed {
 public:
  RowFeed(const ServeJob& job, RowSource rows, RecordOutput& stream)
      : job_(job), rows_(std::move(rows)), output_(stream) {}

  /// Reads what is there, at least up to the first row that can be served. False: there is none.
  bool begin() {
    while (may_read()) read_row();
    return !ready_.empty();
  }
  /// Requests so far if the input has ended, else 0: unknown.
  std::int64_t total() const { return ended_ ? static_cast<std::int64_t>(ready_.size()) : 0; }
  void show(Progress* progress) { progress_ = progress; }

  std::optional<Ticket> pull() override {
    if (interrupted() || output_.broken()) return std::nullopt;
    while (ready_.empty() && may_read()) read_row();
    if (ready_.empty()) return std::nullopt;
    Ticket ticket{next_number_++, std::move(ready_.front().request)};
    flying_.emplace(ticket.number, ready_.front().at);
    ready_.pop_front();
    return ticket;
  }

  void done(std::uint64_t number, Result<Reply> reply) override {
    const auto found = flying_.extract(number);
    if (found.empty()) return;
    const auto [place, index] = found.mapped();
    Row& row = live_.at(place);
    row.replies[index] = std::move(reply);
    ++done_;
    if (progress_) progress_->update(static_cast<std::int64_t>(done_));
    if (--row.missing == 0 && !job_.records_apart) finish(place);
  }

  /// Makes the records that were left for a time when the generator rests.
  void finish_complete() {
    for (auto row = live_.begin(); row != live_.end();) {
      const auto at = row++;
      if (at->second.missing == 0) finish(at->first);
    }
  }

  bool is_over() const { return (ended_ && ready_.empty() && live_.empty()) || output_.broken(); }
  bool has_unanswered() const { return !flying_.empty(); }
  std::uint64_t pulled() const { return next_number_; }
  Result<int> status() const { return failure_.ok() ? output_.status(job_.options.input) : failure_.error(); }
  Status interrupt() {
    output_.write_rest();
    return interrupted_error();
  }

 private:
  struct At {
    std::size_t place, index;  ///< the row, and the request within it
  };
  struct Row {
    InputRow input;
    RowPlan plan;
    std::vector<std::optional<Result<Reply>>> replies;
    std::size_t missing = 0;
  };
  struct Waiting {
    At at;
    Request request;
  };

  bool may_read() {
    if (ended_ || output_.waiting() >= job_.window_rows) return false;
    return (ready_.empty() && live_.empty()) || rows_.ready();
  }

  void read_row() {
    auto read = rows_.next();
    if (!read.ok()) failure_ = read.error();
    ended_ = !read.ok() || !*read;
    if (ended_) return;
    InputRow& input = **read;
    const std::size_t place = output_.reserve();
    auto plan = input.error ? Result<RowPlan>(*input.error) : job_.plan(input);
    if (!plan.ok()) return output_.fail(place, input, plan.error());
    Row& row = live_[place];
    row.missing = plan->requests.size();
    row.replies.resize(row.missing);
    for (std::size_t i = 0; i < row.missing; ++i) ready_.push_back({{place, i}, std::move(plan->requests[i])});
    plan->requests.clear();
    row.plan = std::move(*plan);
    row.input = std::move(input);
  }

  void finish(std::size_t place) {
    Row row = std::move(live_.extract(place).mapped());
    auto records = collect(row);
    if (records.ok())
      output_.put(place, std::move(*records));
    else if (records.error().kind !=
             ErrorKind::interrupted)  // an interrupted row has no record: the next call makes it
      output_.fail(place, row.input, records.error());
  }

  static Result<std::vector<OrderedJson>> collect(Row& row) {
    std::vector<Reply> replies;
    for (auto& reply : row.replies) {
      BAKEOFF_TRY(replies.emplace_back(), std::move(*reply));
    }
    return row.plan.records(row.input, std::move(replies));
  }

  const ServeJob& job_;
  RowSource rows_;
  OrderedOutput output_;
  Progress* progress_ = nullptr;
  std::map<std::size_t, Row> live_;     ///< rows without their records, by place
  std::deque<Waiting> ready_;           ///< requests that nobody has pulled
  std::map<std::uint64_t, At> flying_;  ///< those that were pulled and not answered
  std::uint64_t next_number_ = 0, done_ = 0;
  bool ended_ = false;
  Status failure_;
};

Status play(RowFeed& feed, Generator& generator) {
  while (!feed.is_over()) {
    const std::uint64_t before = feed.pulled();
    const Status served = generator.serve(feed);
    if (interrupted()) return feed.interrupt();
    BAKEOFF_CHECK(served);
    if (feed.has_unanswered()) return internal_error("the generator ended without answering a request");
    feed.finish_complete();
    if (feed.pulled() == before && !feed.is_over()) return internal_error("the generator ended before the rows did");
  }
  return {};
}

}  // namespace

Result<int> serve_rows(const ServeJob& job) {
  BAKEOFF_TRY(RowSource rows, RowSource::open(job.options.input));
  BAKEOFF_TRY(const auto stream, RecordOutput::open(job.options.output));
  RowFeed feed(job, std::move(rows), *stream);
  if (!feed.begin()) return feed.status();
  BAKEOFF_TRY(const std::unique_ptr<Generator> generator, job.open());
  Progress progress(job.options.mode());
  progress.begin(job.stage, feed.total());
  feed.show(&progress);
  BAKEOFF_CHECK(play(feed, *generator));
  return feed.status();
}

}  // namespace bakeoff::tools
