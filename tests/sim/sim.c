/* sim: many clients on several workers, on a clock of its own, each drawn from
 * a seed, each compared with what it must see.
 *
 *     sim --service NAME --seed N --commands N --sessions N --workers N   one
 * run sim --service NAME --cycle N                  N small runs, one seed
 * after the other
 *
 * A failure prints how to run it again. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "world.h"

/* Messages per client between two moments at which everything under way comes
 * to its end. */
enum { SETTLE_EVERY = 100 };

static const char usage[] =
    "usage: sim [--service NAME] [--seed N] [--commands N] [--sessions N] "
    "[--workers N] "
    "[--cycle N]\n"
    "  --service   chat, live or game (chat)\n"
    "  --seed      what everything is drawn from (1)\n"
    "  --commands  messages that the workers handle (1000000)\n"
    "  --sessions  clients (3000)\n"
    "  --workers   simulated workers, up to 16 (4)\n"
    "  --cycle     so many runs instead, each with the next seed, each small "
    "and drawn anew\n";

static void print_totals(const struct world *world)
{
    const struct totals *t = &world->totals;
    printf("%s, seed %llu: %llu messages heard, %llu frames as they must be\n  "
           "said:",
           world->play->name, (unsigned long long)world->options.seed,
           (unsigned long long)world->commands, (unsigned long long)t->frames);
    for (uint32_t i = 0; i < world->play->kinds; i++)
        printf(" %llu %s", (unsigned long long)t->said[i], world->play->kind_names[i]);
    printf("\n  sessions: %llu opened, %llu refused, %llu waited, %llu moved, of "
           "these %llu with a "
           "queue, %llu to a full worker, %llu died on the way\n",
           (unsigned long long)t->opened, (unsigned long long)t->refused,
           (unsigned long long)t->waited, (unsigned long long)t->moved,
           (unsigned long long)t->moved_with_queue, (unsigned long long)t->moved_to_full,
           (unsigned long long)t->died_on_the_way);
    printf("  cut off: %llu slow readers, %llu after strikes; to slow readers "
           "%llu messages spared, "
           "%llu replaced by newer ones; %llu mails, %llu lost\n",
           (unsigned long long)t->slow_readers, (unsigned long long)t->struck,
           (unsigned long long)t->spared, (unsigned long long)t->replaced,
           (unsigned long long)t->mails, (unsigned long long)t->mails_lost);
    if (world->play->media_acts != NULL)
        printf("  media: %llu packets sent, %llu taken by the relays, %llu passed on\n",
               (unsigned long long)t->packets_sent, (unsigned long long)t->packets_believed,
               (unsigned long long)t->packets_passed_on);
}

static void run(const struct options *options, bool print)
{
    struct world *world = world_new(options);
    uint64_t settle_every = (uint64_t)SETTLE_EVERY * options->sessions, settle_at = settle_every;
    while (world->commands < options->commands) {
        world_act(world);
        if (world->commands >= settle_at) {
            world_settle(world);
            settle_at = world->commands + settle_every;
        }
    }
    world_empty(world);
    if (print)
        print_totals(world);
    world_free(world);
}

/* Small worlds meet what large ones seldom do: everybody in one room, one
 * worker, full workers. */
static void cycle(const struct play *play, uint64_t seed, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        struct draw draw = {.state = seed + i};
        struct options options = {.play = play,
                                  .seed = seed + i,
                                  .commands = 200 + draw_below(&draw, 3000),
                                  .sessions = 2 + draw_below(&draw, 30),
                                  .workers = 1 + draw_below(&draw, 5)};
        run(&options, false);
    }
    printf("%s: %llu small runs from seed %llu, as they must be\n", play->name,
           (unsigned long long)count, (unsigned long long)seed);
}

static const struct play *find_play(const char *name)
{
    static const struct play *const plays[] = {&chat_play, &live_play, &game_play};
    for (size_t i = 0; i < sizeof plays / sizeof *plays; i++)
        if (strcmp(plays[i]->name, name) == 0)
            return plays[i];
    return NULL;
}

int main(int argc, char **argv)
{
    struct options options = {
        .play = &chat_play, .seed = 1, .commands = 1000000, .sessions = 3000, .workers = 4};
    uint64_t cycles = 0;
    for (int i = 1; i < argc; i += 2) {
        char *end = NULL;
        errno = 0;
        uint64_t value = i + 1 < argc ? strtoull(argv[i + 1], &end, 10) : 0;
        bool number = end != NULL && end != argv[i + 1] && *end == 0 && errno == 0;
        if (i + 1 < argc && strcmp(argv[i], "--service") == 0 && find_play(argv[i + 1]) != NULL)
            options.play = find_play(argv[i + 1]);
        else if (number && strcmp(argv[i], "--seed") == 0)
            options.seed = value;
        else if (number && strcmp(argv[i], "--commands") == 0)
            options.commands = value;
        else if (number && strcmp(argv[i], "--sessions") == 0 && value > 0 && value <= 100000)
            options.sessions = (uint32_t)value;
        else if (number && strcmp(argv[i], "--workers") == 0 && value > 0 && value <= WORKERS_MAX)
            options.workers = (uint32_t)value;
        else if (number && strcmp(argv[i], "--cycle") == 0 && value > 0)
            cycles = value;
        else {
            fprintf(stderr, "%s", usage);
            return 2;
        }
    }
    if (cycles > 0)
        cycle(options.play, options.seed, cycles);
    else
        run(&options, true);
    return 0;
}
