/* store_fixture.h: folders, orders and an end of the world for the tests of the store. */
#ifndef PARLEY_TESTS_UNIT_STORE_FIXTURE_H
#define PARLEY_TESTS_UNIT_STORE_FIXTURE_H

#include <ftw.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/check.h"
#include "store_order.h"

enum { PATH_MAX_BYTES = 128 };

static int folder_remove_one(const char *path, const struct stat *found, int kind,
                             struct FTW *where)
{
    (void)found, (void)kind, (void)where;
    return remove(path);
}

static inline void folder_remove(const char *path)
{
    CHECK(nftw(path, folder_remove_one, 8, FTW_DEPTH | FTW_PHYS) == 0);
}

/* A new one, of this test alone. */
static inline void folder_make(char path[PATH_MAX_BYTES])
{
    const char *base = getenv("TMPDIR");
    snprintf(path, PATH_MAX_BYTES, "%s/parley-store-XXXXXX", base != NULL ? base : "/tmp");
    CHECK(mkdtemp(path) != NULL);
}

/* Files can be written up to that size only, as on a disk that is full. 0: as before. */
static inline void files_at_most(rlim_t bytes)
{
    struct rlimit limit;
    CHECK(getrlimit(RLIMIT_FSIZE, &limit) == 0);
    limit.rlim_cur = bytes != 0 ? bytes : limit.rlim_max;
    CHECK(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
    CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
}

/* Texts that an order borrows. */
struct said {
    char id[37], text[1001];
};

/* The message of this number: its id and text tell it from all others. */
static inline struct store_order entry(struct said *said, const char *room, uint32_t number)
{
    static const char client[] = "11111111-2222-4333-8444-555555555555";
    snprintf(said->id, sizeof said->id, "%08x-0000-4000-8000-000000000000", number);
    snprintf(said->text, sizeof said->text, "message %u", number);
    return (struct store_order){.kind = STORE_ENTRY,
                                .at_ns = 1700000000000000000u + number,
                                .room_id = {room, strlen(room)},
                                .id = {said->id, 36},
                                .client_id = {client, 36},
                                .name = STR_INIT("Ann"),
                                .text = {said->text, strlen(said->text)}};
}

static inline struct store_order room(const char *name, uint64_t at_ns, uint32_t players)
{
    return (struct store_order){
        .kind = STORE_ROOM, .at_ns = at_ns, .players = players, .room_id = {name, strlen(name)}};
}

/* The number of a message that entry() made. */
static inline uint32_t number_of(const struct store_order *order)
{
    char hex[9] = {0};
    CHECK(order->id.len == 36);
    memcpy(hex, order->id.base, 8);
    return (uint32_t)strtoul(hex, NULL, 16);
}

#endif
