#ifndef MONGOOSE_CORE_BASE_THREAD_NICE_H_
#define MONGOOSE_CORE_BASE_THREAD_NICE_H_

namespace mongoose {

// Lets others of the process and of the machine go before the calling thread,
// [0, 19] (Linux: a nice value for each thread).  Without effect where the
// system does not allow it.
void SetThreadNice(int nice);

}  // namespace mongoose

#endif  // MONGOOSE_CORE_BASE_THREAD_NICE_H_
