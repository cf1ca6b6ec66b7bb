def to_xlsx(filled): raise NotImplementedError
