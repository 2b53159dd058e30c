#include "socket-calls.h"

#include <errno.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>

namespace fluidscope {
namespace {

constexpr uint8_t kClose = 7;      // TCP_CLOSE
constexpr uint8_t kCloseWait = 8;  // TCP_CLOSE_WAIT
/** `tcpi_rcv_wnd` follows `tcpi_snd_wnd`; headers before Linux 6.2 do not name it. */
constexpr size_t kReceiveWindowAt = offsetof(tcp_info, tcpi_snd_wnd) + sizeof(uint32_t);

/** Newer kernels answer more than the header that this was compiled with names. */
struct Answer {
  union {
    tcp_info info;
    uint8_t bytes[512];
  };
  socklen_t length = sizeof bytes;

  explicit Answer(int fd) : bytes{} {
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, bytes, &length) != 0) length = 0;
  }
  bool reaches(size_t offset) const { return length >= offset + sizeof(uint32_t); }
};

std::optional<int64_t> stamp_of(msghdr& message) {
  for (cmsghdr* each = CMSG_FIRSTHDR(&message); each != nullptr; each = CMSG_NXTHDR(&message, each)) {
    if (each->cmsg_level != SOL_SOCKET || each->cmsg_type != SO_TIMESTAMPNS) continue;
    timespec at;
    memcpy(&at, CMSG_DATA(each), sizeof at);
    return at.tv_sec * 1'000'000'000LL + at.tv_nsec;
  }
  return std::nullopt;
}

}  // namespace

void set_option(int fd, int level, int name, int value) { setsockopt(fd, level, name, &value, sizeof value); }

int begin_connecting(const sockaddr* address, socklen_t length) {
  const int fd = ::socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -errno;
  set_option(fd, SOL_SOCKET, SO_TIMESTAMPNS, 1);
  set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, 60);
  if (::connect(fd, address, length) == 0 || errno == EINPROGRESS) return fd;
  const int error = errno;
  ::close(fd);
  return -error;
}

ssize_t receive(int fd, uint8_t* into, size_t most, std::optional<int64_t>& wall_ns, int flags) {
  iovec part{into, most};
  alignas(cmsghdr) char control[256];
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  ssize_t length;
  do length = recvmsg(fd, &message, MSG_DONTWAIT | flags);
  while (length < 0 && errno == EINTR);
  if (length > 0) wall_ns = stamp_of(message);
  return length;
}

size_t send_some(int fd, const uint8_t* bytes, size_t length, int& error) {
  size_t sent = 0;
  error = 0;
  while (sent < length) {
    const ssize_t count = send(fd, bytes + sent, length - sent, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count >= 0) sent += static_cast<size_t>(count);
    else if (errno == EAGAIN) break;
    else if (errno != EINTR) {
      error = errno;
      break;
    }
  }
  return sent;
}

std::optional<Arrived> arrived_at(int fd) {
  const Answer answer(fd);
  if (!answer.reaches(offsetof(tcp_info, tcpi_rcv_ooopack))) return std::nullopt;
  const tcp_info& info = answer.info;
  // The end of the stream counts as a byte there.
  const bool has_end = info.tcpi_state == kCloseWait && info.tcpi_bytes_received > 0;
  return Arrived{info.tcpi_bytes_received - (has_end ? 1 : 0), info.tcpi_data_segs_in, info.tcpi_rcv_ooopack};
}

std::optional<ConnectionInfo> connection_info(int fd) {
  const Answer answer(fd);
  if (answer.length == 0) return std::nullopt;
  const tcp_info& info = answer.info;
  int queued = 0;
  ioctl(fd, SIOCINQ, &queued);
  const bool peer_ended = info.tcpi_state == kClose || info.tcpi_state == kCloseWait;
  std::optional<uint32_t> receive_window;
  if (answer.reaches(kReceiveWindowAt)) memcpy(&receive_window.emplace(), answer.bytes + kReceiveWindowAt, sizeof(uint32_t));
  return ConnectionInfo{info.tcpi_rtt,          info.tcpi_rttvar,         info.tcpi_total_retrans,       info.tcpi_lost,
                        info.tcpi_unacked,      info.tcpi_rcv_ooopack,    static_cast<uint32_t>(queued), info.tcpi_notsent_bytes,
                        info.tcpi_snd_wnd,      receive_window,           info.tcpi_bytes_received,      info.tcpi_last_data_recv,
                        peer_ended};
}

}  // namespace fluidscope
