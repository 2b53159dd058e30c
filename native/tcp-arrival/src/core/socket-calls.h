#pragma once
#include <sys/socket.h>

#include <cstdint>
#include <optional>

#include "connection-info.h"

namespace fluidscope {

/** What has arrived at a socket, ever; all from one moment, for the kernel takes the socket's lock. */
struct Arrived {
  uint64_t bytes;
  uint32_t segments_count;
  /** Segments that came before one that belongs in front of them. */
  uint32_t out_of_order_count;
};

/** A TCP socket that does not block and whose arrivals are stamped, on its way to `address`; or a negative errno. */
int begin_connecting(const sockaddr* address, socklen_t length);
/** As recvmsg of at most `most` bytes, and the kernel's stamp of the last segment that they are of. `flags`: MSG_PEEK leaves them. */
ssize_t receive(int fd, uint8_t* into, size_t most, std::optional<int64_t>& wall_ns, int flags = 0);
/** What `send` took; `error`: why it took no more, 0 when the socket is full. */
size_t send_some(int fd, const uint8_t* bytes, size_t length, int& error);
/** None on kernels that do not count all of it (before 5.4). */
std::optional<Arrived> arrived_at(int fd);
std::optional<ConnectionInfo> connection_info(int fd);
void set_option(int fd, int level, int name, int value);

}  // namespace fluidscope
