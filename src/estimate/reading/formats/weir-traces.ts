import { traceMessages, traceSchema } from '../../../traces/trace.ts';
import { NO_ANSWER, NO_QUESTION, type LogFormat } from '../log-format.ts';
import { isRecord } from '../read-values.ts';
import { checkBySchema } from '../../../format/check-by-schema.ts';

/** Weir's own recorded questions: `weir record`, `weir export`. */
export const weirTraces: LogFormat = {
  name: 'recorded questions of Weir',
  recognises: (record) => isRecord(record['attempts']) && 'id' in record && 'group' in record,
  read(record) {
    const { success, data: trace } = checkBySchema(traceSchema, record);
    if (!success) return { problem: 'it is not a recorded question' };
    if (traceMessages(trace).length === 0) return { problem: 'its texts were not kept (`retention.texts`)' };
    const answered = Object.values(trace.attempts).some(({ answer }) => answer !== undefined);
    if (!answered) return { problem: NO_ANSWER };
    return trace.messages?.length === 0 ? { problem: NO_QUESTION } : { trace };
  },
};
