/* What the write-ahead log says of itself, held against what SQLite reads of it.
 *
 * SQLite takes a frame that does not fit its checksum for the log's end, writes over what comes
 * after it, and says nothing. After a kill that is right: only the last transaction can be
 * incomplete. But where whole transactions stand behind it, the log is damaged, and they are lost.
 * https://www.sqlite.org/fileformat2.html, 4. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "store/journal_state.h"

enum { HEADER_BYTES = 32, HEADER_SUMMED_BYTES = 24, FRAME_HEADER_BYTES = 24, MAGIC = 0x377f0682 };

static uint32_t number_at(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* The magic number's last bit tells the byte order of what is summed. */
static bool is_header(const uint8_t header[HEADER_BYTES])
{
    uint32_t sum[2] = {0, 0};
    bool big_endian = (number_at(header) & 1) != 0;
    for (uint32_t i = 0; i < HEADER_SUMMED_BYTES; i += 4) {
        uint32_t word = number_at(header + i);
        sum[i / 4 % 2] += (big_endian ? word : __builtin_bswap32(word)) + sum[1 - i / 4 % 2];
    }
    return (number_at(header) & ~1u) == MAGIC && number_at(header + 24) == sum[0] &&
           number_at(header + 28) == sum[1];
}

/* Frames up to the end of the last transaction whose frames are of the header's generation (bytes
 * 16 to 23); of a log without a header, all. */
static uint64_t count_frames(int fd, uint64_t bytes)
{
    uint8_t header[HEADER_BYTES], frame[FRAME_HEADER_BYTES];
    if (bytes <= HEADER_BYTES || pread(fd, header, sizeof header, 0) != sizeof header)
        return 0;
    if (!is_header(header))
        return UINT64_MAX;
    uint64_t step = FRAME_HEADER_BYTES + number_at(header + 8), last = 0;
    for (uint64_t i = 0; HEADER_BYTES + (i + 1) * step <= bytes; i++) {
        if (pread(fd, frame, sizeof frame, (off_t)(HEADER_BYTES + i * step)) != sizeof frame)
            break;
        if (memcmp(frame + 8, header + 16, 8) == 0 && number_at(frame + 4) != 0)
            last = i + 1;
    }
    return last;
}

/* For whoever can make something of it. An older copy stays. */
static bool keep_copy(int fd, uint64_t bytes, const char *path)
{
    off_t at = 0;
    int copy = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (copy < 0)
        return false;
    while ((uint64_t)at < bytes && sendfile(copy, fd, &at, bytes - (uint64_t)at) > 0)
        continue;
    close(copy);
    return (uint64_t)at == bytes;
}

void journal_log_examine(const struct journal *journal, const char *path)
{
    char log_path[JOURNAL_PATH_BYTES + 16], copy_path[JOURNAL_PATH_BYTES + 16];
    struct stat file;
    int read = 0;
    snprintf(log_path, sizeof log_path, "%s-wal", path);
    snprintf(copy_path, sizeof copy_path, "%s-wal.damaged", path);
    int fd = open(log_path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    (void)sqlite3_wal_checkpoint_v2(journal->db, NULL, SQLITE_CHECKPOINT_PASSIVE, &read, NULL);
    if (fstat(fd, &file) == 0 && count_frames(fd, (uint64_t)file.st_size) > (uint64_t)read) {
        bool kept = keep_copy(fd, (uint64_t)file.st_size, copy_path);
        log_error("the journal's log is damaged, and what stands behind the damage is lost",
                  log_string("path", log_path), log_number("frames_read", read),
                  log_string("copy", kept ? copy_path : "none"));
    }
    close(fd);
}
