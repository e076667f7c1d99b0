/* What the media relay costs: one speaker, N receivers, packets of 172 bytes.
 *
 *     bench_media floor|plain|cm|gcm|srtp-cm|srtp-gcm RECEIVERS SECONDS [PACKETS_A_SECOND]
 *
 * floor: recvmmsg and sendmmsg, and nothing else: no relay of any kind can cost less. plain, cm,
 * gcm: the server's media thread. srtp-cm, srtp-gcm: no sockets, one packet opened and sealed N
 * times. The thread that is measured has core 0 to itself; the speaker and one socket that stands
 * for all receivers, drained all the time, share core 1. Prints one line: packets in and out,
 * datagrams of the speaker that the kernel dropped as the thread was busy, and CPU time of the
 * thread. */
#include <dirent.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/check.h"
#include "bench/histogram.h"
#include "media/srtp.h"
#include "net/media.h"

enum { RTP_BYTES = 172, BATCH = 64, OUT_BATCH = 256, RECEIVERS_MAX = 999, SPEAKER = 7 };
enum { LOAD_BATCH = 16 };

enum mode { FLOOR, PLAIN, CM, GCM, SRTP_CM, SRTP_GCM };
static const char *const mode_names[] = {"floor", "plain", "cm", "gcm", "srtp-cm", "srtp-gcm"};

static struct setting {
    enum mode mode;
    uint32_t receivers;
    double seconds;
    double rate; /* of the speaker; 0: as fast as it goes */
} setting;

static atomic_bool stopping;
static atomic_ullong spoken, drained;
static _Atomic uint64_t sent_at[65536]; /* ns, by sequence number */
static struct histogram delays;
static struct sockaddr_in relay_address, sink_address;
static int speaker_fd, sink_fd, floor_fd;
static struct srtp_crypto crypto;
static struct srtp_keys speaker_keys;

static double seconds_of(clockid_t clock)
{
    struct timespec now;
    CHECK(clock_gettime(clock, &now) == 0);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void pin(pthread_t thread, size_t core)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(core, &set);
    CHECK(pthread_setaffinity_np(thread, sizeof set, &set) == 0);
}

static int open_socket(struct sockaddr_in *address)
{
    int bytes = 4 << 20, fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const struct timeval timeout = {.tv_usec = 100000};
    socklen_t len = sizeof *address;
    *address =
        (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    CHECK(fd >= 0 && bind(fd, (struct sockaddr *)address, len) == 0 &&
          getsockname(fd, (struct sockaddr *)address, &len) == 0 &&
          setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes) == 0 &&
          setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes) == 0 &&
          setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout) == 0);
    return fd;
}

static uint64_t now_ns(void)
{
    struct timespec now;
    CHECK(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* The speaker. */

static bool protects(void)
{
    return setting.mode == CM || setting.mode == GCM;
}

static size_t next_packet(uint64_t index, uint8_t *out)
{
    uint8_t packet[RTP_BYTES] = {0x80, 0};
    rtp_put_u16(packet + 2, (uint16_t)index);
    rtp_put_u32(packet + 8, SPEAKER);
    if (!protects()) {
        memcpy(out, packet, sizeof packet);
        return sizeof packet;
    }
    const struct rtp_packet looked = rtp_look(packet, sizeof packet);
    return srtp_seal(&speaker_keys, &looked, index, packet, sizeof packet, out);
}

/* One packet at a time, when it is due. */
static void *speak_at_rate(void *context)
{
    uint8_t bytes[RTP_BYTES + SRTP_EXPANSION_MAX];
    uint64_t begun = now_ns();
    (void)context;
    for (uint64_t index = 0; !atomic_load(&stopping); index++) {
        uint64_t due = begun + (uint64_t)((double)index * 1e9 / setting.rate);
        const struct timespec at = {.tv_sec = (time_t)(due / 1000000000u),
                                    .tv_nsec = (long)(due % 1000000000u)};
        size_t len = next_packet(index, bytes);
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
        atomic_store(&sent_at[index & 0xffff], now_ns());
        CHECK(sendto(speaker_fd, bytes, len, 0, (struct sockaddr *)&relay_address,
                     sizeof relay_address) == (ssize_t)len);
        atomic_fetch_add(&spoken, 1);
    }
    return NULL;
}

static void *speak(void *context)
{
    static uint8_t packets[LOAD_BATCH][RTP_BYTES + SRTP_EXPANSION_MAX];
    struct mmsghdr headers[LOAD_BATCH];
    struct iovec vectors[LOAD_BATCH];
    uint64_t index = 0;
    (void)context;
    while (!atomic_load(&stopping)) {
        for (uint32_t i = 0; i < LOAD_BATCH; i++) {
            vectors[i] = (struct iovec){packets[i], next_packet(index++, packets[i])};
            headers[i] = (struct mmsghdr){.msg_hdr = {.msg_iov = &vectors[i],
                                                      .msg_iovlen = 1,
                                                      .msg_name = &relay_address,
                                                      .msg_namelen = sizeof relay_address}};
        }
        CHECK(sendmmsg(speaker_fd, headers, LOAD_BATCH, 0) == LOAD_BATCH);
        atomic_fetch_add(&spoken, LOAD_BATCH);
    }
    return NULL;
}

static void add_delays(uint8_t bytes[][256], uint32_t count)
{
    uint64_t now = now_ns();
    for (uint32_t i = 0; i < count; i++) {
        if (bytes[i][1] < 192) /* not a report */
            histogram_add(&delays, now - atomic_load(&sent_at[rtp_get_u16(bytes[i] + 2)]));
    }
}

static void *drain(void *context)
{
    static uint8_t bytes[OUT_BATCH][256];
    static struct mmsghdr headers[OUT_BATCH];
    static struct iovec vectors[OUT_BATCH];
    (void)context;
    for (uint32_t i = 0; i < OUT_BATCH; i++) {
        vectors[i] = (struct iovec){bytes[i], sizeof bytes[i]};
        headers[i].msg_hdr = (struct msghdr){.msg_iov = &vectors[i], .msg_iovlen = 1};
    }
    while (!atomic_load(&stopping)) {
        int count = recvmmsg(sink_fd, headers, OUT_BATCH, MSG_WAITFORONE, NULL);
        if (count <= 0)
            continue;
        atomic_fetch_add(&drained, (unsigned long long)count);
        if (setting.rate > 0)
            add_delays(bytes, (uint32_t)count);
    }
    return NULL;
}

/* The floor. */

static atomic_ullong floor_in, floor_out;

static void *floor_run(void *context)
{
    static uint8_t bytes[BATCH][1500];
    static struct mmsghdr in[BATCH], out[OUT_BATCH];
    static struct iovec in_vectors[BATCH], out_vectors[OUT_BATCH];
    (void)context;
    for (uint32_t i = 0; i < BATCH; i++) {
        in_vectors[i] = (struct iovec){bytes[i], sizeof bytes[i]};
        in[i].msg_hdr = (struct msghdr){.msg_iov = &in_vectors[i], .msg_iovlen = 1};
    }
    for (uint32_t i = 0; i < OUT_BATCH; i++) {
        out_vectors[i] = (struct iovec){bytes[0], RTP_BYTES};
        out[i].msg_hdr = (struct msghdr){.msg_iov = &out_vectors[i],
                                         .msg_iovlen = 1,
                                         .msg_name = &sink_address,
                                         .msg_namelen = sizeof sink_address};
    }
    while (!atomic_load(&stopping)) {
        int count = recvmmsg(floor_fd, in, BATCH, MSG_WAITFORONE, NULL);
        if (count <= 0)
            continue;
        atomic_fetch_add(&floor_in, (unsigned long long)count);
        uint32_t all = (uint32_t)count * setting.receivers;
        for (uint32_t done = 0; done < all;) {
            uint32_t more = all - done < OUT_BATCH ? all - done : OUT_BATCH;
            for (uint32_t i = 0; i < more; i++)
                out_vectors[i].iov_base = bytes[(done + i) / setting.receivers];
            int sent = sendmmsg(floor_fd, out, more, MSG_DONTWAIT);
            CHECK(sent > 0);
            done += (uint32_t)sent;
            atomic_fetch_add(&floor_out, (unsigned long long)sent);
        }
    }
    return NULL;
}

/* The relay. */

static struct media_order order_of(uint32_t ssrc, enum media_op op)
{
    struct media_order order = {.op = op, .channel = 1, .ssrc = ssrc};
    order.plain = setting.mode == PLAIN;
    order.suite = setting.mode == GCM ? MEDIA_AEAD_AES_128_GCM : MEDIA_AES_CM_128_HMAC_SHA1_80;
    for (size_t i = 0; i < MEDIA_KEY_BYTES_MAX; i++) {
        order.inbound[i] = (uint8_t)(ssrc + i);
        order.outbound[i] = (uint8_t)(ssrc * 3 + i);
    }
    return order;
}

/* Each receiver sends one report from the common socket, so that it is sent to. */
static void add_receiver(struct media *media, uint32_t ssrc)
{
    uint8_t report[64] = {0x80, 201, 0, 1}, sealed[64 + SRTCP_EXPANSION_MAX];
    const struct media_order order = order_of(ssrc, MEDIA_ADD);
    size_t len = 8;
    media_post(media, &order);
    rtp_put_u32(report + 4, ssrc);
    memcpy(sealed, report, len);
    if (protects()) {
        struct srtp_keys keys;
        CHECK(srtp_keys_init(&keys, &crypto, order.suite, order.inbound, SRTP_SEALS));
        len = srtcp_seal(&keys, 1, report, len, sealed);
        srtp_keys_clear(&keys);
    }
    CHECK(sendto(sink_fd, sealed, len, 0, (struct sockaddr *)&relay_address,
                 sizeof relay_address) == (ssize_t)len);
    while (media_counted(media, RELAY_LATCHED) < ssrc - SPEAKER)
        sched_yield();
}

static struct media *start_relay(void)
{
    static const struct config config = {.host = "127.0.0.1",
                                         .media_threads = 1,
                                         .connections_max = RECEIVERS_MAX + 1,
                                         .live_udp_port_given = true};
    struct media *media = media_open(&config);
    CHECK(media != NULL && media_start(media));
    relay_address.sin_family = AF_INET;
    relay_address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    relay_address.sin_port = htons(media_port(media));
    const struct media_order speaker = order_of(SPEAKER, MEDIA_ADD);
    CHECK(protects() == false ||
          srtp_keys_init(&speaker_keys, &crypto, speaker.suite, speaker.inbound, SRTP_SEALS));
    media_post(media, &speaker);
    for (uint32_t i = 1; i <= setting.receivers; i++)
        add_receiver(media, SPEAKER + i);
    return media;
}

/* Measuring. */

struct sample {
    double cpu, wall;
    unsigned long long in, out, spoken, drained;
};

/* The one thread that there is beside this one. */
static void find_thread(char *path, size_t path_max)
{
    DIR *folder = opendir("/proc/self/task");
    const struct dirent *entry;
    CHECK(folder != NULL);
    path[0] = '\0';
    while ((entry = readdir(folder)) != NULL) {
        if (entry->d_name[0] != '.' && strtol(entry->d_name, NULL, 10) != getpid())
            snprintf(path, path_max, "/proc/self/task/%.20s/schedstat", entry->d_name);
    }
    CHECK(path[0] != '\0');
    closedir(folder);
}

/* Nanoseconds that it ran (man 5 proc), in seconds. */
static double thread_cpu(const char *path)
{
    unsigned long long ran;
    FILE *file = fopen(path, "re");
    CHECK(file != NULL && fscanf(file, "%llu", &ran) == 1);
    fclose(file);
    return (double)ran / 1e9;
}

static struct sample take_sample(const struct media *media, const char *path)
{
    return (struct sample){
        .cpu = thread_cpu(path),
        .wall = seconds_of(CLOCK_MONOTONIC),
        .in = media != NULL ? media_counted(media, RELAY_RECEIVED_RTP) : atomic_load(&floor_in),
        .out = media != NULL ? media_counted(media, RELAY_SENT) : atomic_load(&floor_out),
        .spoken = atomic_load(&spoken),
        .drained = atomic_load(&drained),
    };
}

static void print(const struct sample *from, const struct sample *to)
{
    double cpu = to->cpu - from->cpu, wall = to->wall - from->wall;
    double in = (double)(to->in - from->in), out = (double)(to->out - from->out);
    printf("{\"mode\":\"%s\",\"receivers\":%u,\"in_per_s\":%.0f,\"out_per_s\":%.0f,"
           "\"busy\":%.3f,\"in_per_cpu_s\":%.0f,\"out_per_cpu_s\":%.0f,\"us_per_out\":%.3f,"
           "\"us_per_in\":%.3f,\"heard\":%.3f}\n",
           mode_names[setting.mode], setting.receivers, in / wall, out / wall, cpu / wall, in / cpu,
           out / cpu, cpu / out * 1e6, cpu / in * 1e6, in / (double)(to->spoken - from->spoken));
}

static void print_delays(void)
{
    printf("{\"mode\":\"%s\",\"receivers\":%u,\"rate\":%.0f,\"delivered\":%llu,\"p50_us\":%.1f,"
           "\"p99_us\":%.1f,\"max_us\":%.1f}\n",
           mode_names[setting.mode], setting.receivers, setting.rate,
           (unsigned long long)delays.total, (double)histogram_quantile(&delays, 0.5) / 1e3,
           (double)histogram_quantile(&delays, 0.99) / 1e3, (double)delays.max / 1e3);
}

static void pause_for(double seconds)
{
    const struct timespec pause = {.tv_sec = (time_t)seconds,
                                   .tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9)};
    nanosleep(&pause, NULL);
}

static void run_sockets(void)
{
    pthread_t speaks, drains, floors;
    struct media *media = NULL;
    char path[64];
    pin(pthread_self(), 0); /* what is measured inherits it */
    if (setting.mode == FLOOR) {
        floor_fd = open_socket(&relay_address);
        CHECK(pthread_create(&floors, NULL, floor_run, NULL) == 0);
    } else {
        media = start_relay();
    }
    find_thread(path, sizeof path);
    pin(pthread_self(), 1);
    CHECK(pthread_create(&drains, NULL, drain, NULL) == 0);
    CHECK(pthread_create(&speaks, NULL, setting.rate > 0 ? speak_at_rate : speak, NULL) == 0);
    pause_for(0.5);
    struct sample from = take_sample(media, path);
    pause_for(setting.seconds);
    struct sample to = take_sample(media, path);
    print(&from, &to);
    atomic_store(&stopping, true);
    pthread_join(speaks, NULL);
    pthread_join(drains, NULL);
    if (setting.mode == FLOOR)
        pthread_join(floors, NULL);
    if (setting.rate > 0)
        print_delays();
    media_close(media);
}

/* SRTP alone. */

static void run_srtp(void)
{
    static struct srtp_keys outbound[RECEIVERS_MAX];
    enum media_suite suite =
        setting.mode == SRTP_GCM ? MEDIA_AEAD_AES_128_GCM : MEDIA_AES_CM_128_HMAC_SHA1_80;
    struct srtp_keys seals, opens;
    uint8_t master[MEDIA_KEY_BYTES_MAX] = {1}, sealed[BATCH][256], out[256];
    size_t lens[BATCH];
    CHECK(srtp_keys_init(&seals, &crypto, suite, master, SRTP_SEALS) &&
          srtp_keys_init(&opens, &crypto, suite, master, SRTP_OPENS));
    for (uint32_t i = 0; i < setting.receivers; i++) {
        master[0] = (uint8_t)i;
        CHECK(srtp_keys_init(&outbound[i], &crypto, suite, master, SRTP_SEALS));
    }
    pin(pthread_self(), 0);
    double spent = 0, begun = seconds_of(CLOCK_MONOTONIC);
    uint64_t index = 0;
    while (seconds_of(CLOCK_MONOTONIC) - begun < setting.seconds) {
        uint8_t clear[RTP_BYTES] = {0x80};
        struct rtp_packet packet = rtp_look(clear, sizeof clear);
        for (uint32_t i = 0; i < BATCH; i++)
            lens[i] = srtp_seal(&seals, &packet, index + i, clear, sizeof clear, sealed[i]);
        double from = seconds_of(CLOCK_THREAD_CPUTIME_ID);
        for (uint32_t i = 0; i < BATCH; i++) {
            CHECK(srtp_open(&opens, &packet, index + i, sealed[i], &lens[i]));
            for (uint32_t n = 0; n < setting.receivers; n++)
                srtp_seal(&outbound[n], &packet, index + i, sealed[i], lens[i], out);
        }
        spent += seconds_of(CLOCK_THREAD_CPUTIME_ID) - from;
        index += BATCH;
    }
    double in = (double)index, all = in * setting.receivers;
    printf("{\"mode\":\"%s\",\"receivers\":%u,\"us_per_out\":%.3f,\"us_per_in\":%.3f}\n",
           mode_names[setting.mode], setting.receivers, spent / all * 1e6, spent / in * 1e6);
    for (uint32_t i = 0; i < setting.receivers; i++)
        srtp_keys_clear(&outbound[i]);
    srtp_keys_clear(&seals);
    srtp_keys_clear(&opens);
}

static bool read_setting(int argc, char **argv)
{
    if (argc != 4 && argc != 5)
        return false;
    setting.rate = argc == 5 ? strtod(argv[4], NULL) : 0;
    setting.receivers = (uint32_t)strtoul(argv[2], NULL, 10);
    setting.seconds = strtod(argv[3], NULL);
    for (setting.mode = FLOOR; setting.mode <= SRTP_GCM; setting.mode++) {
        if (strcmp(argv[1], mode_names[setting.mode]) == 0)
            return setting.receivers > 0 && setting.receivers <= RECEIVERS_MAX &&
                   (setting.rate == 0 || setting.mode < SRTP_CM) && setting.seconds > 0;
    }
    return false;
}

int main(int argc, char **argv)
{
    if (!read_setting(argc, argv)) {
        fputs("usage: bench_media floor|plain|cm|gcm|srtp-cm|srtp-gcm RECEIVERS SECONDS "
              "[PACKETS_A_SECOND]\n",
              stderr);
        return 2;
    }
    log_start(LOG_WARN, LOG_TEXT);
    CHECK(srtp_crypto_init(&crypto));
    if (setting.mode >= SRTP_CM) {
        run_srtp();
    } else {
        sink_fd = open_socket(&sink_address);
        speaker_fd = open_socket(&(struct sockaddr_in){0});
        run_sockets();
    }
    srtp_keys_clear(&speaker_keys);
    srtp_crypto_clear(&crypto);
    return 0;
}
