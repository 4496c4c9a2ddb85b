/** Checks of single settings. Each throws an error that names the model, the setting, its value and its range. */
export interface SettingChecks {
  require: (path: string, value: number, holds: boolean, rule: string) => void;
  whole: (path: string, value: number, low: number, high?: number) => void;
  /** From 0 to 1. */
  share: (path: string, value: number) => void;
  positive: (path: string, value: number) => void;
  notNegative: (path: string, value: number) => void;
}

/** @param model what messages call the settings' owner, e.g. `RetinaNet` */
export function settingChecks(model: string): SettingChecks {
  const require = (path: string, value: number, holds: boolean, rule: string): void => {
    if (!holds || !Number.isFinite(value)) {
      throw new Error(`${model} setting ${path} is ${value}; it must be ${rule}.`);
    }
  };
  return {
    require,
    whole(path, value, low, high = Infinity) {
      const rule = `a whole number ${high === Infinity ? `of at least ${low}` : `from ${low} to ${high}`}`;
      require(path, value, Number.isInteger(value) && value >= low && value <= high, rule);
    },
    share: (path, value) => require(path, value, value >= 0 && value <= 1, 'from 0 to 1'),
    positive: (path, value) => require(path, value, value > 0, 'above 0'),
    notNegative: (path, value) => require(path, value, value >= 0, 'at least 0'),
  };
}
