#include "core/base/thread_nice.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

namespace mongoose {

void SetThreadNice(int nice) {
  if (nice == 0) return;
  const auto thread = static_cast<id_t>(gettid());
  setpriority(PRIO_PROCESS, thread,
              std::min(19, getpriority(PRIO_PROCESS, thread) + nice));
}

}  // namespace mongoose
