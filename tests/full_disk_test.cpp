// A store on a file system that runs full.
#include <cerrno>
#include <cstring>

#include <sys/mount.h>

#include "harness/core/seed.h"
#include "tests/store_fixture.h"

using namespace bakeoff;
using namespace bakeoff::testing;

namespace {

/// A file system of its own in memory, gone at the end; `reason` says why there is none.
struct SmallDisk {
  explicit SmallDisk(std::size_t bytes) {
    const std::string size = "size=" + std::to_string(bytes);
    if (mount("bakeoff-test", folder.path().c_str(), "tmpfs", 0, size.c_str()) != 0)
      reason = std::string("no file system can be mounted: ") + std::strerror(errno);
  }
  ~SmallDisk() {
    if (reason.empty()) umount2(folder.path().c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  Path path() const { return folder.path(); }

  TemporaryFolder folder;
  std::string reason;
};

}  // namespace

TEST_CASE("a disk that is really full is one clear error, and what was stored before stays readable") {
  const SmallDisk disk(1 << 20);
  if (!disk.reason.empty()) SKIP_TEST(disk.reason.c_str());
  Fixture fixture(disk.path());
  Random random(1);
  Status status;
  int kept = 0;
  for (; kept < 10'000 && status.ok(); ++kept) {
    std::string text;  // that does not compress
    while (text.size() < 20'000) text += static_cast<char>('!' + random.below(90));
    store::SampleRow row = sample_row("key-" + std::to_string(10'000 + kept), text);
    row.sample.replicate = kept;
    status = fixture.put(row, Verdict::scored(1));
  }
  REQUIRE_FALSE(status.ok());
  --kept;
  CHECK(status.error().kind == ErrorKind::infrastructure);
  CHECK(status.error().line().find("bakeoff.db") != std::string::npos);
  CHECK(status.error().hint.find("free space") == 0);
  REQUIRE(kept > 5);
  // By the same process, and by one that comes later.
  CHECK(fixture.store->verdicts(fixture.run, "base", "style")->size() == static_cast<std::size_t>(kept));
  fixture.store.reset();
  const auto reader = Store::open(disk.path(), Access::read);
  INFO((reader.ok() ? "" : reader.error().line()));
  REQUIRE(reader.ok());
  CHECK((*reader)->verdicts(fixture.run, "base", "style")->size() == static_cast<std::size_t>(kept));
  CHECK((*reader)->sample("key-" + std::to_string(10'000 + kept - 1))->sample.completion.text.size() == 20'000);
}
