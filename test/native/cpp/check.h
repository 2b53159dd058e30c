#pragma once
#include <cstdio>
#include <functional>
#include <string>
#include <utility>
#include <vector>

inline std::vector<std::pair<const char*, std::function<void()>>>& tests() {
  static std::vector<std::pair<const char*, std::function<void()>>> all;
  return all;
}
inline int failures = 0;

struct Registration {
  Registration(const char* name, std::function<void()> body) { tests().emplace_back(name, std::move(body)); }
};

#define TEST(id, name) \
  static void id();    \
  static const Registration id##_registered(name, id); \
  static void id()
#define CHECK(condition) \
  ((condition) ? void() : (++failures, void(fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition))))
