// See folder_lock.h.
#include "harness/store/folder_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace bakeoff::store {

FolderLock::~FolderLock() {
  if (file_ >= 0) close(file_);
}

Status FolderLock::take(const Path& folder) {
  BAKEOFF_CHECK(make_folder(folder));
  const Path path = folder / ".lock";
  file_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (file_ < 0)
    return infrastructure_error("the run's folder can not be written", path.string(), "choose another with --out");
  if (flock(file_, LOCK_EX | LOCK_NB) != 0)
    return infrastructure_error("another run is working in this folder", folder.string(), "wait for it or stop it");
  return {};
}

}  // namespace bakeoff::store
