// One writer of a run's folder at a time: `run`, `runs gc`, `runs rm` and `runs merge` hold the lock while they work.
// The system releases it when the process ends, however it ends. Readers need none.
#pragma once

#include "harness/core/files.h"
#include "harness/core/result.h"

namespace bakeoff::store {

class FolderLock {
 public:
  FolderLock() = default;
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

  /// Makes the folder where it is missing. Held by another process, or not writable: infrastructure error.
  Status take(const Path& folder);

 private:
  int file_ = -1;
};

}  // namespace bakeoff::store
