#ifndef MONGOOSE_CORE_BASE_THREAD_NICE_H_
#define MONGOOSE_CORE_BASE_THREAD_NICE_H_

namespace mongoose {

// Lets other threads go before the calling one: adds `nice`, [0, 19], to its
// nice value, up to 19 (Linux has one for each thread).  Without effect where
// the system does not allow it.
void SetThreadNice(int nice);

}  // namespace mongoose

#endif  // MONGOOSE_CORE_BASE_THREAD_NICE_H_
