#include "core/base/thread_nice.h"

#include <sys/resource.h>
#include <unistd.h>

namespace mongoose {

void SetThreadNice(int nice) {
  if (nice > 0) setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), nice);
}

}  // namespace mongoose
