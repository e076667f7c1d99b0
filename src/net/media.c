#include "net/media.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "base/check.h"
#include "base/log.h"
#include "net/loop.h"
#include "net/udp.h"
#include "runtime/mailbox.h"

/* Orders and news that may wait for one thread. */
enum { LETTERS_MAX = 64 * 1024 };
/* How long a thread that finds a mailbox full waits before it tries again. */
enum { FULL_WAIT_US = 500 };
enum { PROBE_WAIT_MS = 300 };
/* See relay.h; every receiver of a channel of 1000 may hear every other. */
enum { STREAMS_MAX = 2 * 1024 * 1024, STREAMS_PER_RECEIVER_MAX = 8192 };

enum letter_kind { LETTER_ORDER, LETTER_NEWS };

struct media_letter {
    struct letter letter; /* first; its kind says which of the two it holds */
    union {
        struct {
            struct media_order order;
            uint64_t join;
        };
        struct relay_news news;
    };
};

struct media_thread {
    struct relay_outbox outbox; /* first: its flush finds the rest by it */
    struct udp_sender sender;
    struct udp_inbox inbox;
    struct media *media;
    pthread_t thread;
    int fd;
    struct relay *relay;
    struct mailbox *mailbox;
    _Atomic uint64_t unsent;
};

struct media {
    uint32_t threads_count, threads_running;
    uint16_t port;
    atomic_bool stopping;
    _Atomic uint64_t joins;
    struct media_thread threads[];
};

/* Letters. */

static void wake(void *context)
{
    (void)context; /* a thread looks at its mailbox whenever that matters: see udp.c */
}

static void pause_briefly(void)
{
    const struct timespec pause = {.tv_nsec = FULL_WAIT_US * 1000L};
    nanosleep(&pause, NULL);
}

static void post_order(struct media_thread *thread, const struct media_order *order, uint64_t join)
{
    struct media_letter *letter;
    while ((letter = malloc(sizeof *letter)) == NULL)
        pause_briefly();
    *letter = (struct media_letter){
        .letter = {.kind = LETTER_ORDER, .bytes = sizeof *letter}, .order = *order, .join = join};
    while (!mailbox_post(thread->mailbox, &letter->letter))
        pause_briefly();
}

void media_post(struct media *media, const struct media_order *order)
{
    uint64_t join = atomic_fetch_add_explicit(&media->joins, 1, memory_order_relaxed) + 1;
    for (uint32_t i = 0; i < media->threads_count; i++)
        post_order(&media->threads[i], order, join);
}

/* News that are lost are told again a second later. */
static void on_news(void *context, const struct relay_news *news)
{
    const struct media_thread *from = context;
    for (uint32_t i = 0; i < from->media->threads_count; i++) {
        struct media_thread *to = &from->media->threads[i];
        struct media_letter *letter = to != from ? malloc(sizeof *letter) : NULL;
        if (letter == NULL)
            continue;
        *letter = (struct media_letter){.letter = {.kind = LETTER_NEWS, .bytes = sizeof *letter},
                                        .news = *news};
        if (!mailbox_post(to->mailbox, &letter->letter))
            free(letter);
    }
}

static void take_letter(struct media_thread *thread, const struct media_letter *letter)
{
    if (letter->letter.kind == LETTER_NEWS)
        relay_learn(thread->relay, &letter->news);
    else if (!relay_order(thread->relay, &letter->order, letter->join))
        log_warn("a media peer was not added", log_number("ssrc", letter->order.ssrc),
                 log_number("peers", relay_peers(thread->relay)));
}

static void take_letters(struct media_thread *thread)
{
    struct letter *next = mailbox_take(thread->mailbox);
    while (next != NULL) {
        struct media_letter *letter = (struct media_letter *)(void *)next;
        next = next->next;
        take_letter(thread, letter);
        explicit_bzero(letter, sizeof *letter); /* there may be keys in it */
        free(letter);
    }
}

/* The threads. */

static void flush(struct relay_outbox *outbox)
{
    struct media_thread *thread = (struct media_thread *)(void *)outbox;
    uint64_t unsent = udp_send(thread->fd, &thread->sender, outbox);
    if (unsent > 0)
        atomic_fetch_add_explicit(&thread->unsent, unsent, memory_order_relaxed);
}

static void *run(void *context)
{
    struct media_thread *thread = context;
    struct udp_inbox *inbox = &thread->inbox;
    while (!atomic_load_explicit(&thread->media->stopping, memory_order_relaxed)) {
        uint32_t count = udp_receive(thread->fd, inbox);
        take_letters(thread);
        uint64_t now_ms = loop_clock_ms();
        for (uint32_t i = 0; i < count; i++)
            relay_receive(thread->relay, inbox->bytes[i], inbox->headers[i].msg_len,
                          &inbox->from[i], now_ms, &thread->outbox);
        flush(&thread->outbox);
    }
    return NULL;
}

static bool thread_init(struct media_thread *thread, struct media *media, int fd,
                        const struct config *config)
{
    const struct relay_limits limits = {
        .peers_max = config->connections_max,
        .streams_max = STREAMS_MAX,
        .streams_per_receiver_max = STREAMS_PER_RECEIVER_MAX,
    };
    uint8_t hash_key[16];
    CHECK(getrandom(hash_key, sizeof hash_key, 0) == sizeof hash_key);
    thread->media = media;
    thread->fd = fd;
    thread->outbox.flush = flush;
    udp_inbox_init(&thread->inbox);
    udp_sender_init(&thread->sender);
    thread->mailbox =
        mailbox_new(LETTERS_MAX, LETTERS_MAX * sizeof(struct media_letter), wake, NULL);
    thread->relay = relay_new(&limits, hash_key);
    if (thread->mailbox == NULL || thread->relay == NULL)
        return false;
    if (config->media_threads > 1)
        relay_tell(thread->relay, on_news, thread);
    return true;
}

static void thread_clear(struct media_thread *thread)
{
    if (thread->relay != NULL && thread->mailbox != NULL)
        take_letters(thread);
    relay_free(thread->relay);
    mailbox_free(thread->mailbox);
    close(thread->fd);
}

bool media_start(struct media *media)
{
    for (uint32_t i = 0; i < media->threads_count; i++) {
        struct media_thread *thread = &media->threads[i];
        int error = pthread_create(&thread->thread, NULL, run, thread);
        if (error != 0) {
            log_error("cannot start a media thread", log_system_error(error),
                      log_string("advice", "allow it more threads (ulimit -u, TasksMax=)"));
            return false;
        }
        media->threads_running++;
    }
    return true;
}

/* Opening and closing. */

/* The usual port may be taken, by another server of the same machine: then any will do, as clients
 * are told. One that was asked for is needed. */
static int open_sockets(const struct config *config, uint16_t *port, int *fds)
{
    *port = (uint16_t)config->live_udp_port;
    int error = udp_open(config->host, port, config->media_threads, fds);
    if (error != -EADDRINUSE || config->live_udp_port_given)
        return error;
    log_warn("the usual media port is taken", log_number("port", *port),
             log_string("effect", "another one is used"));
    *port = 0;
    return udp_open(config->host, port, config->media_threads, fds);
}

/* Where clients that are not told otherwise reach the relay: at the address that they came to,
 * which is this machine's own. */
static const char *reachable_host(const struct config *config)
{
    if (config->live_advertise != NULL)
        return config->live_advertise;
    if (strcmp(config->host, "0.0.0.0") == 0)
        return "127.0.0.1";
    return strcmp(config->host, "::") == 0 ? "::1" : config->host;
}

static void check_reachable(const struct config *config, uint16_t port, const int *fds)
{
    const char *host = reachable_host(config);
    bool reached = udp_reaches(host, port, fds, config->media_threads, PROBE_WAIT_MS);
    const char *advertised =
        config->live_advertise != NULL ? host : "the address that a client connected to";
    if (reached)
        log_info("media", log_number("port", port), log_string("advertised", advertised),
                 log_number("threads", config->media_threads));
    else
        log_warn("media cannot reach itself", log_number("port", port),
                 log_string("advertised", advertised),
                 log_string("advice", "clients may all the same, if a NAT stands between that does "
                                      "not turn packets around; else see --advertise-address"));
}

/* Takes the sockets; NULL when memory is short. */
static struct media *new_media(const struct config *config, uint16_t port, const int *fds)
{
    uint32_t count = config->media_threads;
    struct media *media = calloc(1, sizeof *media + count * sizeof media->threads[0]);
    bool done = media != NULL;
    for (uint32_t i = 0; media != NULL && i < count; i++)
        done = thread_init(&media->threads[i], media, fds[i], config) && done;
    if (media != NULL) {
        media->threads_count = count;
        media->port = port;
    } else {
        for (uint32_t i = 0; i < count; i++)
            close(fds[i]);
    }
    if (done)
        return media;
    media_close(media);
    return NULL;
}

struct media *media_open(const struct config *config)
{
    int fds[CONFIG_MEDIA_THREADS_MAX];
    uint16_t port;
    CHECK(config->media_threads > 0 && config->media_threads <= CONFIG_MEDIA_THREADS_MAX);
    int error = open_sockets(config, &port, fds);
    if (error != 0) {
        log_error("cannot listen for media", log_string("host", config->host),
                  log_number("port", config->live_udp_port), log_system_error(error),
                  log_string("advice", "see --host and --live-udp-port"));
        return NULL;
    }
    struct media *media = new_media(config, port, fds);
    if (media == NULL)
        log_error("cannot set up media", log_system_error(ENOMEM),
                  log_string("advice", "lower --connections-max, or allow it more memory"));
    else
        check_reachable(config, port, fds);
    return media;
}

void media_close(struct media *media)
{
    if (media == NULL)
        return;
    atomic_store(&media->stopping, true);
    for (uint32_t i = 0; i < media->threads_running; i++)
        pthread_join(media->threads[i].thread, NULL);
    for (uint32_t i = 0; i < media->threads_count; i++)
        thread_clear(&media->threads[i]);
    free(media);
}

uint16_t media_port(const struct media *media)
{
    return media->port;
}

/* Counting. */

uint64_t media_counted(const struct media *media, enum relay_count count)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < media->threads_count; i++)
        sum += relay_counted(media->threads[i].relay, count);
    return sum;
}

uint64_t media_unsent(const struct media *media)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < media->threads_count; i++)
        sum += atomic_load_explicit(&media->threads[i].unsent, memory_order_relaxed);
    return sum;
}

uint32_t media_peers(const struct media *media)
{
    return relay_peers(media->threads[0].relay); /* each knows all */
}
